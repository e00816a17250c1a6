using System.Globalization;
using System.Numerics;
using System.Text.Json;
using Microsoft.ML.Lora.Checkpoints;
using Microsoft.ML.Lora.Checkpoints.Pickles;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Checkpoints.Pickles;

/// <summary>Compares a value with its recorded tree; the form is told by the README of goldens/pickles.</summary>
internal static class PickleTree
{
    /// <summary>torch's name of a type.</summary>
    public static string DtypeOf(SafetensorsType type) => type switch
    {
        SafetensorsType.Bool => "bool", SafetensorsType.U8 => "uint8", SafetensorsType.I8 => "int8", SafetensorsType.I16 => "int16", SafetensorsType.U16 => "uint16",
        SafetensorsType.I32 => "int32", SafetensorsType.U32 => "uint32", SafetensorsType.I64 => "int64", SafetensorsType.U64 => "uint64", SafetensorsType.F16 => "float16",
        SafetensorsType.BF16 => "bfloat16", SafetensorsType.F32 => "float32", SafetensorsType.F64 => "float64", SafetensorsType.C64 => "complex64",
        SafetensorsType.F8E4M3 => "float8_e4m3fn", SafetensorsType.F8E5M2 => "float8_e5m2", _ => throw new AssertFailedException($"{type}"),
    };

    public static long[] Numbers(JsonElement list) => [.. list.EnumerateArray().Select(n => n.GetInt64())];

    public static void AssertEqual(JsonElement expected, object? actual, TorchFile file, SafetensorsFile? tensors)
    {
        if (expected.ValueKind is JsonValueKind.Null or JsonValueKind.True or JsonValueKind.False)
        {
            Assert.AreEqual(expected.ValueKind == JsonValueKind.Null ? null : expected.ValueKind == JsonValueKind.True, actual);
            return;
        }

        JsonProperty first = expected.EnumerateObject().First();
        switch (first.Name)
        {
            case "int":
                Assert.AreEqual(BigInteger.Parse(first.Value.GetString()!, CultureInfo.InvariantCulture), actual is long small ? small : (BigInteger)actual!);
                break;
            case "float":
                Assert.AreEqual(Float(first.Value.GetString()!), (double)actual!);
                break;
            case "str":
                Assert.AreEqual(first.Value.GetString(), (string)actual!);
                break;
            case "bytes":
                Assert.AreEqual(first.Value.GetString(), Convert.ToHexStringLower((byte[])actual!));
                break;
            case "list":
                AssertItems(first.Value, ((PickleList)actual!).Items, file, tensors);
                break;
            case "tuple":
                Assert.IsFalse(((PickleTuple)actual!).IsSize);
                AssertItems(first.Value, ((PickleTuple)actual).Items, file, tensors);
                break;
            case "torch.Size":
                Assert.IsTrue(((PickleTuple)actual!).IsSize);
                CollectionAssert.AreEqual(Numbers(first.Value), ((PickleTuple)actual).Items.Select(i => (long)i!).ToArray());
                break;
            case "dict" or "ordereddict":
                var dictionary = (PickleDictionary)actual!;
                Assert.AreEqual(first.Name == "ordereddict", dictionary.IsOrdered);
                AssertItems(first.Value, [.. dictionary.Items.Select(i => new PickleTuple([i.Key, i.Value]))], file, tensors);
                if (expected.TryGetProperty("attributes", out JsonElement attributes))
                    AssertEqual(attributes, dictionary.Attributes, file, tensors);
                else
                    Assert.IsNull(dictionary.Attributes);
                break;
            case "tensor" or "parameter":
                AssertTensor(expected, first, (TorchTensor)actual!, file, tensors!);
                break;
            default:
                Assert.Fail($"'{first.Name}' is not in the README.");
                break;
        }
    }

    private static void AssertItems(JsonElement expected, IReadOnlyList<object?> actual, TorchFile file, SafetensorsFile? tensors)
    {
        Assert.HasCount(expected.GetArrayLength(), actual);
        int index = 0;
        foreach (JsonElement item in expected.EnumerateArray())
        {
            // An entry of a dictionary is an array of key and value.
            if (item.ValueKind == JsonValueKind.Array)
                AssertItems(item, ((PickleTuple)actual[index++]!).Items, file, tensors);
            else
                AssertEqual(item, actual[index++], file, tensors);
        }
    }

    private static void AssertTensor(JsonElement expected, JsonProperty facts, TorchTensor actual, TorchFile file, SafetensorsFile tensors)
    {
        string key = facts.Value.Text("key");
        Assert.AreEqual(facts.Name == "parameter", actual.IsParameter, key);
        Assert.AreEqual(expected.GetProperty("requires_grad").GetBoolean(), actual.RequiresGrad, key);
        Assert.AreEqual(facts.Value.Text("dtype"), DtypeOf(actual.Type), key);
        CollectionAssert.AreEqual(Numbers(facts.Value.GetProperty("shape")), actual.Shape, key);
        CollectionAssert.AreEqual(Numbers(facts.Value.GetProperty("stride")), actual.Strides, key);
        Assert.AreEqual(facts.Value.GetProperty("storage_offset").GetInt64(), actual.Offset, key);
        Assert.AreEqual(facts.Value.GetProperty("storage_bytes").GetInt64(), actual.Storage.Length, key);
        byte[] wanted = new byte[tensors.ByName[key].Length], found = new byte[actual.Count * actual.Type.Size()];
        tensors.ReadBytes(tensors.ByName[key], 0, wanted);
        // In two parts: an offset that is not zero is read, too.
        file.ReadBytes(actual, 0, found.AsSpan(0, found.Length / 3));
        file.ReadBytes(actual, found.Length / 3, found.AsSpan(found.Length / 3));
        CollectionAssert.AreEqual(wanted, found, key);
    }

    private static double Float(string text) => text switch
    {
        "nan" => double.NaN,
        "inf" => double.PositiveInfinity,
        "-inf" => double.NegativeInfinity,
        _ => double.Parse(text, CultureInfo.InvariantCulture),
    };
}
