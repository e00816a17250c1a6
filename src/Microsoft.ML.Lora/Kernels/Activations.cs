using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Kernels;

/// <summary>The activations that configurations name, as the reference library defines them.</summary>
internal static class Activations
{
    private static readonly Dictionary<string, Func<Tensor, Tensor>> s_table = new(StringComparer.Ordinal)
    {
        ["gelu"] = Gelu.Apply,
        ["gelu_new"] = GeluTanh,
        ["gelu_fast"] = GeluTanh,
        ["gelu_pytorch_tanh"] = GeluTanh,
        ["gelu_python"] = x => x.gelu(),
        ["gelu_10"] = x => x.gelu().clamp(-10, 10),
        ["mish"] = Mish,
        ["quick_gelu"] = x => x * (1.702 * x).sigmoid(),
        ["relu"] = x => x.relu(),
        ["relu2"] = x => x.relu().square(),
        ["relu6"] = x => x.relu6(),
        ["silu"] = Silu,
        ["swish"] = Silu,
        ["tanh"] = x => x.tanh(),
        ["sigmoid"] = x => x.sigmoid(),
        ["linear"] = x => x.alias(),
    };

    /// <summary>All names.</summary>
    public static IEnumerable<string> Names => s_table.Keys.Order(StringComparer.Ordinal);

    /// <summary>True for a known name.</summary>
    public static bool IsKnown(string name) => s_table.ContainsKey(name);

    /// <summary>The function of a name.</summary>
    /// <exception cref="ArgumentException">The name is unknown.</exception>
    public static Func<Tensor, Tensor> Get(string name) => s_table.TryGetValue(name, out Func<Tensor, Tensor>? function)
        ? function
        : throw new ArgumentException($"Unknown activation '{name}'; known are {string.Join(", ", Names)}.", nameof(name));

    /// <summary>The function of a name after a bias, which may be null: <c>f(x + bias)</c>.</summary>
    /// <exception cref="ArgumentException">The name is unknown.</exception>
    public static Func<Tensor, Tensor?, Tensor> GetBiased(string name)
    {
        if (name == "gelu")
            return Gelu.Apply;
        Func<Tensor, Tensor> function = Get(name);
        return (x, bias) =>
        {
            if (bias is null)
                return function(x);
            using Tensor sum = x + bias;
            return function(sum);
        };
    }

    /// <summary>0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))). bfloat16 is computed in float32.</summary>
    private static Tensor GeluTanh(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor y = x.to(ScalarType.Float32);
        return (0.5 * y * (1 + (0.79788456080286536 * y * (1 + 0.044715 * y * y)).tanh())).to(x.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>x tanh(ln(1 + e^x)). bfloat16 is computed in float32.</summary>
    private static Tensor Mish(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor y = x.to(ScalarType.Float32);
        return (y * nn.functional.softplus(y).tanh()).to(x.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>x sigmoid(x). bfloat16 is computed in float32: the stock bfloat16 kernel is four times slower.</summary>
    private static Tensor Silu(Tensor x)
    {
        if (x.dtype == ScalarType.Float32)
            return x.silu();
        using DisposeScope scope = NewDisposeScope();
        return x.to(ScalarType.Float32).silu().to(x.dtype).MoveToOuterDisposeScope();
    }
}
