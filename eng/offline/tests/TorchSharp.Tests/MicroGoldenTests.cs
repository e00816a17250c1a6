using System.Text.Json;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using TorchSharp;
using static TorchSharp.torch;

namespace TorchSharpTests;

/// <summary>Activations and layer norms against numbers recorded from PyTorch 2.</summary>
[TestClass]
public sealed class MicroGoldenTests
{
    // An exponential more or less than the recording: a few units in the last place of float64, and of the types below it.
    private const double Float64Absolute = 1e-13;
    private const double Float32Absolute = 2e-6;
    private const double BFloat16Absolute = 2e-2;

    private static readonly Dictionary<string, Func<Tensor, Tensor>> s_activations = new()
    {
        ["gelu"] = x => x.gelu(),
        ["gelu_python"] = x => x.gelu(),
        ["silu"] = x => x.silu(),
        ["swish"] = nn.SiLU().call,
        ["relu"] = x => x.relu(),
        ["tanh"] = x => x.tanh(),
        ["sigmoid"] = x => x.sigmoid(),
        ["mish"] = nn.functional.Mish,
        ["relu2"] = x => x.relu().square(),
        ["quick_gelu"] = x => x * (x * 1.702).sigmoid(),
        ["gelu_new"] = x => x * 0.5 * (((x + (x.pow(3) * 0.044715)) * Math.Sqrt(2 / Math.PI)).tanh() + 1),
    };

    [TestMethod]
    public void Activations_and_their_derivatives()
    {
        if (Goldens.Find("hf", "micro", "activations.json") is not { } path)
        {
            return;
        }
        using var document = JsonDocument.Parse(File.ReadAllText(path));
        using var scope = NewDisposeScope();
        var points = Read(document.RootElement.GetProperty("x"));
        var run = 0;
        var left = new List<string>();
        foreach (var item in document.RootElement.GetProperty("activations").EnumerateObject())
        {
            if (!s_activations.TryGetValue(item.Name, out var activation))
            {
                left.Add(item.Name);
                continue;
            }
            var x = tensor(points, requires_grad: true);
            var y = activation(x);
            y.sum().backward();
            Near(item.Name, Float64Absolute, tensor(Read(item.Value.GetProperty("y"))), y);
            Near(item.Name + " derivative", Float64Absolute, tensor(Read(item.Value.GetProperty("dy"))), x.grad!);
            Near(item.Name + " float32", Float32Absolute, tensor(Read(item.Value.GetProperty("y_f32"))), activation(tensor(points).@float()));
            run++;
        }
        Console.WriteLine($"activations: {run} run, {left.Count} left out (variants without an operator): {string.Join(", ", left)}");
        Assert.IsGreaterThan(0, run);
    }

    [TestMethod]
    public void Layer_norms_in_three_types()
    {
        if (Goldens.Find("hf", "micro", "norms.safetensors") is not { } path)
        {
            return;
        }
        using var scope = NewDisposeScope();
        var recorded = Goldens.Tensors(path);
        var run = 0;
        foreach (var (name, expected) in recorded.Where(item => item.Key.Split('.').Contains("layer_norm")))
        {
            var parts = name.Split('.');
            var half = name.Contains(".bf16.", StringComparison.Ordinal);
            var start = name.IndexOf(".eps", StringComparison.Ordinal);
            if (start < 0)
            {
                continue; // the bfloat16 ones name no eps
            }
            var eps = double.Parse(name[(start + 4)..name.IndexOf(".layer_norm", StringComparison.Ordinal)], System.Globalization.CultureInfo.InvariantCulture);
            var type = half ? ScalarType.BFloat16 : parts[^1] == "f64" ? ScalarType.Float64 : ScalarType.Float32;
            var (x, weight, bias) = (Input("x"), Input("weight"), Input("bias"));
            var actual = nn.functional.layer_norm(x, [x.shape[^1]], weight, bias, eps);
            // A tiny eps on rows of equal values magnifies rounding by 1 / sqrt(eps).
            var allowed = type switch { ScalarType.Float64 => 1e-9, ScalarType.Float32 => 2e-5, _ => BFloat16Absolute };
            Near(name, allowed, expected, actual);
            run++;

            Tensor Input(string what) => recorded[$"{parts[0]}.{what}"].to(type);
        }
        Console.WriteLine($"layer norms: {run} run");
        Assert.IsGreaterThan(0, run);
    }

    private static double[] Read(JsonElement values) => values.EnumerateArray().Select(Goldens.Number).ToArray();

    private static void Near(string name, double allowed, Tensor expected, Tensor actual)
    {
        var left = expected.to(float64).flatten().data<double>().ToArray();
        var right = actual.detach().to(float64).flatten().data<double>().ToArray();
        Assert.HasCount(left.Length, right, name);
        for (var k = 0; k < left.Length; k++)
        {
            Assert.IsLessThanOrEqualTo(allowed * Math.Max(1, Math.Abs(left[k])), Math.Abs(left[k] - right[k]), $"{name}[{k}]: {right[k]}, expected {left[k]}");
        }
    }
}
