using System.Text.Json;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using TorchSharp;
using static TorchSharp.torch;

namespace TorchSharpTests;

/// <summary>Recorded numbers: LORA_GOLDENS, else the compact selection in the product's tests.</summary>
internal static class Goldens
{
    public static string Root
    {
        get
        {
            var named = Environment.GetEnvironmentVariable("LORA_GOLDENS");
            if (!string.IsNullOrEmpty(named))
            {
                return named;
            }
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Directory.Packages.props")))
            {
                folder = folder.Parent;
            }
            return Path.Combine(folder!.FullName, "test", "Microsoft.ML.Lora.Tests", "Goldens");
        }
    }

    /// <summary>The path of a recorded file, or null with a message on the console where this selection does not have it.</summary>
    public static string? Find(params string[] parts)
    {
        Assert.IsTrue(Directory.Exists(Root), $"{Root} is missing; LORA_GOLDENS names the folder of recorded numbers.");
        var path = Path.Combine([Root, .. parts]);
        if (File.Exists(path))
        {
            return path;
        }
        Console.WriteLine($"{path}: not in this selection");
        return null;
    }

    public static double Number(JsonElement value) => value.ValueKind != JsonValueKind.String
        ? value.GetDouble()
        : value.GetString() switch
        {
            "NaN" => double.NaN,
            "Infinity" => double.PositiveInfinity,
            "-Infinity" => double.NegativeInfinity,
            var text => double.Parse(text!, System.Globalization.CultureInfo.InvariantCulture),
        };

    /// <summary>The tensors of a safetensors file, as they are stored.</summary>
    public static Dictionary<string, Tensor> Tensors(string path)
    {
        using var stream = File.OpenRead(path);
        using var reader = new BinaryReader(stream);
        var header = JsonDocument.Parse(reader.ReadBytes((int)reader.ReadInt64())).RootElement;
        var start = stream.Position;
        var tensors = new Dictionary<string, Tensor>();
        foreach (var entry in header.EnumerateObject().Where(entry => entry.Name != "__metadata__"))
        {
            var type = entry.Value.GetProperty("dtype").GetString() switch
            {
                "F64" => ScalarType.Float64,
                "F32" => ScalarType.Float32,
                "BF16" => ScalarType.BFloat16,
                "I64" => ScalarType.Int64,
                var other => throw new AssertFailedException($"{path}: {entry.Name} is of type {other}"),
            };
            var shape = entry.Value.GetProperty("shape").EnumerateArray().Select(extent => extent.GetInt64()).ToArray();
            var tensor = empty(shape, type);
            stream.Position = start + entry.Value.GetProperty("data_offsets")[0].GetInt64();
            tensor.ReadBytesFromStream(stream, 1 << 16);
            tensors.Add(entry.Name, tensor);
        }
        return tensors;
    }
}
