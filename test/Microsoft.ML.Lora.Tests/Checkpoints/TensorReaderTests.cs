using System.Text.Json;
using Microsoft.ML.Lora.Checkpoints;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Tests.Checkpoints;

[TestClass]
public sealed class TensorReaderTests
{
    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void EveryTypeBecomesATensorOfTheSameValues(bool mayMap)
    {
        var run = new GoldenRun(TestContext, $"safetensors/valid as tensors, {(mayMap ? "mapped" : "copied")}");
        using JsonDocument manifest = JsonDocument.Parse(File.ReadAllBytes(GoldenFiles.File("safetensors", "valid.json")));
        foreach (JsonElement golden in manifest.RootElement.GetProperty("files").EnumerateArray())
        {
            string name = golden.GetProperty("file").GetString()!;
            run.Case(name, () =>
            {
                using SafetensorsFile file = SafetensorsFile.Open(GoldenFiles.File("safetensors", name));
                using var reader = new TensorReader(mayMap);
                using DisposeScope scope = NewDisposeScope();
                foreach (JsonProperty tensor in golden.GetProperty("tensors").EnumerateObject())
                {
                    SafetensorsEntry entry = file.ByName[tensor.Name];
                    Tensor actual = reader.Read(file, entry);
                    CollectionAssert.AreEqual(entry.Shape, actual.shape, tensor.Name);
                    Assert.AreEqual(TensorReader.NaturalType(entry.Type), actual.dtype);
                    if (tensor.Value.TryGetProperty("values", out JsonElement values))
                        CompareValues(values, actual, tensor.Name);
                    if (tensor.Value.TryGetProperty("hex", out JsonElement hex) && actual.ElementSize == entry.Type.Size())
                        Assert.AreEqual(hex.GetString(), Convert.ToHexStringLower(actual.contiguous().bytes), tensor.Name);
                }

                // Whatever the type: what a tensor has as the file has it, and what is aligned, is mapped.
                long mappable = file.Entries.Where(e => TensorReader.IsAsStored(e.Type) && file.PositionOf(e) % e.Type.Size() == 0).Sum(e => e.Length);
                Assert.AreEqual(mayMap ? mappable : 0, reader.MappedBytes);
            });
        }

        run.Finish();
    }

    [TestMethod]
    public void MappedTensorsAreNotCopiedAndOutliveTheFile()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("a.safetensors");
        float[] values = [.. Enumerable.Range(0, 1024).Select(i => i * 0.5f)];
        SafetensorsWriter.WriteAtomic(path, [SafetensorsItem.FromFloats("x", [32, 32], values)]);
        using DisposeScope scope = NewDisposeScope();
        Tensor mapped;
        using (SafetensorsFile file = SafetensorsFile.Open(path))
        using (var reader = new TensorReader(mayMap: true))
        {
            mapped = reader.Read(file, file.ByName["x"]);
            Assert.AreEqual(4096, reader.MappedBytes);
            Tensor converted = reader.Read(file, file.ByName["x"], ScalarType.BFloat16);
            Assert.AreEqual(4096, reader.MappedBytes, "another type cannot be mapped");
            Assert.AreEqual(ScalarType.BFloat16, converted.dtype);
        }

        CollectionAssert.AreEqual(values, mapped.Floats());
    }

    [TestMethod]
    public void WhatMustBeWidenedIsWidenedInParts()
    {
        // Longer than a part, and not a whole number of them.
        byte[] bytes = new byte[(1 << 24) + 6];
        for (int i = 0; i < bytes.Length / 2; i++)
            BitConverter.TryWriteBytes(bytes.AsSpan(2 * i), (ushort)(i * 7));
        byte[] content = SafetensorsWriter.ToArray([new SafetensorsItem("x", SafetensorsType.U16, [bytes.Length / 2], bytes)]);
        using SafetensorsFile file = SafetensorsFile.FromMemory(content, "x");
        using var reader = new TensorReader();
        using DisposeScope scope = NewDisposeScope();
        ReadOnlySpan<int> values = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, int>(reader.Read(file, file.Entries[0]).bytes);
        Assert.AreEqual(bytes.Length / 2, values.Length);
        for (int i = 0; i < values.Length; i++)
        {
            if (values[i] != (ushort)(i * 7))
                Assert.Fail($"{i}: {values[i]}");
        }
    }

    private static void CompareValues(JsonElement expected, Tensor actual, string name)
    {
        Tensor flat = actual.reshape(-1);
        JsonElement[] values = expected.ValueKind == JsonValueKind.Array ? [.. expected.EnumerateArray()] : [expected];
        Assert.AreEqual(values.Length, flat.numel(), name);
        if (actual.dtype is ScalarType.Bool or ScalarType.Byte or ScalarType.Int8 or ScalarType.Int16 or ScalarType.Int32 or ScalarType.Int64)
        {
            long[] found = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, long>(flat.to(ScalarType.Int64).bytes).ToArray();
            for (int i = 0; i < values.Length; i++)
            {
                long wanted = values[i].ValueKind switch
                {
                    JsonValueKind.True => 1,
                    JsonValueKind.False => 0,
                    _ => values[i].TryGetInt64(out long signed) ? signed : unchecked((long)values[i].GetUInt64()),
                };
                Assert.AreEqual(wanted, found[i], $"{name}[{i}]");
            }

            return;
        }

        double[] doubles = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, double>(flat.to(ScalarType.Float64).bytes).ToArray();
        for (int i = 0; i < values.Length; i++)
        {
            double wanted = values[i].ValueKind == JsonValueKind.String ? Special(values[i].GetString()!) : values[i].GetDouble();
            Assert.AreEqual(wanted, doubles[i], $"{name}[{i}]");
        }
    }

    private static double Special(string text) => text.TrimStart('+').ToLowerInvariant() switch
    {
        "nan" => double.NaN,
        "inf" or "infinity" => double.PositiveInfinity,
        "-inf" or "-infinity" => double.NegativeInfinity,
        _ => throw new AssertFailedException($"Unknown value '{text}'."),
    };
}
