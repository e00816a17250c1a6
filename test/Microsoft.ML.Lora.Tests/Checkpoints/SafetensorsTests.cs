using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.ML.Lora.Checkpoints;
using Microsoft.ML.Lora.Tests.Fuzzing;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Checkpoints;

[TestClass]
public sealed class SafetensorsTests
{
    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public void ValidFilesAreReadBitForBit()
    {
        var run = new GoldenRun(TestContext, "safetensors/valid");
        foreach (JsonElement file in Manifest("valid.json").EnumerateArray())
        {
            string name = file.GetProperty("file").GetString()!;
            run.Case(name, () =>
            {
                string path = GoldenFiles.File("safetensors", name);
                using SafetensorsFile onDisk = SafetensorsFile.Open(path);
                Compare(file, onDisk);
                using SafetensorsFile inMemory = SafetensorsFile.FromMemory(File.ReadAllBytes(path), name);
                Compare(file, inMemory);
                using FileStream stream = File.OpenRead(path);
                using SafetensorsFile streamed = SafetensorsFile.FromStream(stream, name);
                Compare(file, streamed);
            });
        }

        run.Finish();
    }

    [TestMethod]
    public void InvalidFilesAreRefusedAsRecommended()
    {
        var run = new GoldenRun(TestContext, "safetensors/invalid");
        foreach (JsonElement file in Manifest("invalid.json").EnumerateArray())
        {
            string name = file.GetProperty("file").GetString()!;
            string recommended = file.GetProperty("recommended").GetString()!;
            run.Case(name, () =>
            {
                string path = GoldenFiles.File("safetensors", name);
                LoraFormatException? fromFile = Refusal(() => SafetensorsFile.Open(path));
                byte[] content = File.ReadAllBytes(path);
                LoraFormatException? fromMemory = Refusal(() => SafetensorsFile.FromMemory(content, path));
                Assert.AreEqual(fromFile?.Message, fromMemory?.Message, "file and memory must agree");
                if (recommended == "accept")
                    Assert.IsNull(fromFile, fromFile?.Message);
                else if (recommended.StartsWith("refuse", StringComparison.Ordinal) && !recommended.Contains("accept"))
                    Assert.IsNotNull(fromFile, "must be refused");
                if (fromFile is not null)
                    Assert.IsNull(Refusals.Lack(fromFile, path), fromFile.Message);

                if (recommended.Contains("Git LFS"))
                    StringAssert.Contains(fromFile!.Message, "Git LFS");
            });
        }

        run.Finish();
    }

    [TestMethod]
    public void WriterRepeatsWhatTheLibraryWrote()
    {
        var run = new GoldenRun(TestContext, "safetensors/valid written again");
        int identical = 0;
        foreach (JsonElement file in Manifest("valid.json").EnumerateArray())
        {
            string name = file.GetProperty("file").GetString()!;
            run.Case(name, () =>
            {
                byte[] content = File.ReadAllBytes(GoldenFiles.File("safetensors", name));
                using SafetensorsFile source = SafetensorsFile.FromMemory(content, name);
                SafetensorsItem[] items = [.. source.Entries.Select(e => new SafetensorsItem(e.Name, e.Type, e.Shape, Bytes(source, e)))];
                byte[] written = SafetensorsWriter.ToArray(items.Reverse(), source.Metadata.Count == 0 ? null : source.Metadata);
                using SafetensorsFile again = SafetensorsFile.FromMemory(written, name);
                Compare(file, again, offsets: false);
                identical += content.AsSpan().SequenceEqual(written) ? 1 : 0;
                Assert.AreEqual(0, again.DataOffset % 8);
                SafetensorsItem[] byOffset = [.. again.Entries.Select(e => items.Single(i => i.Name == e.Name))];
                CollectionAssert.AreEqual(written, SafetensorsWriter.ToArray(byOffset, again.Metadata.Count == 0 ? null : again.Metadata));
            });
        }

        // Files made by hand have other orders and paddings; those the library wrote come out byte for byte.
        TestContext.WriteLine($"{identical} files written byte for byte as the library did");
        run.Finish();
        Assert.IsGreaterThan(0, identical);
    }

    [TestMethod]
    public void AtomicWriteKeepsTheOldFileOnFailure()
    {
        string folder = Directory.CreateTempSubdirectory("lora-test-").FullName;
        try
        {
            string path = Path.Combine(folder, "a.safetensors");
            SafetensorsWriter.WriteAtomic(path, [SafetensorsItem.FromFloats("x", [2], [1.5f, -2f])]);
            byte[] before = File.ReadAllBytes(path);
            IOException error = Assert.ThrowsExactly<IOException>(() => AtomicFile.Write(path, stream =>
            {
                stream.Write(new byte[100]);
                throw new IOException("No space left on device.");
            }));
            StringAssert.Contains(error.Message, path);
            StringAssert.Contains(error.Message, "No space left");
            CollectionAssert.AreEqual(before, File.ReadAllBytes(path));
            Assert.HasCount(1, Directory.GetFileSystemEntries(folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [TestMethod]
    public void WriterRefusesTwoTensorsOfOneNameAndWrongSizes()
    {
        SafetensorsItem item = SafetensorsItem.FromFloats("x", [2], [1f, 2f]);
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => SafetensorsWriter.ToArray([item, item])).Message, "'x' is given twice");
        SafetensorsItem wrong = item with { Shape = [3] };
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => SafetensorsWriter.ToArray([wrong])).Message, "needs 12 bytes and has 8");
    }

    [TestMethod]
    [DataRow("tensors of nothing")]
    [DataRow("tensors of one byte")]
    [DataRow("tensors of many dimensions")]
    [DataRow("texts")]
    public void AHeaderTakesAFewTimesTheFile(string of)
    {
        // A header of the entries that take the most memory for their length; with the file's bytes for those that have data.
        const int Length = 12_000_000, TimesFile = 8, Free = 32 << 20;
        var json = new StringBuilder(of == "texts" ? "{\"__metadata__\":{\"\":\"\"" : "{\"__metadata__\":{}");
        string ones = string.Join(',', Enumerable.Repeat(1, SafetensorsHeader.MaxDimensions));
        int count = 0;
        for (; json.Length < Length; count++)
        {
            json.Append(of switch
            {
                "texts" => $",\"{count:x}\":\"\"",
                "tensors of nothing" => $",\"{count:x}\":{{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}",
                _ => $",\"{count:x}\":{{\"dtype\":\"U8\",\"shape\":[{(of.EndsWith("byte", StringComparison.Ordinal) ? "" : ones)}],\"data_offsets\":[{count},{count + 1}]}}",
            });
        }

        json.Append(of == "texts" ? "}}" : "}");
        byte[] file = new byte[8 + json.Length + (of is "texts" or "tensors of nothing" ? 0 : count)];
        BitConverter.TryWriteBytes(file, (long)json.Length);
        Encoding.ASCII.GetBytes(json.ToString(), file.AsSpan(8));
        json.Clear();
        long before = GC.GetTotalMemory(forceFullCollection: true), peak = before;
        using (new Timer(_ => peak = Math.Max(peak, GC.GetTotalMemory(forceFullCollection: false)), null, 0, 1))
        {
            LoraFormatException? refusal = Refusal(() => SafetensorsFile.FromMemory(file, "many.safetensors"));
            Assert.AreEqual(of == "texts", refusal is not null, refusal?.Message);
            if (refusal is not null)
                StringAssert.Contains(refusal.Message, "too many texts");
        }

        Assert.IsLessThan(Free + ((long)TimesFile * file.Length), peak - before);
    }

    private static void Compare(JsonElement expected, SafetensorsFile file, bool offsets = true)
    {
        JsonElement tensors = expected.GetProperty("tensors");
        Assert.HasCount(tensors.EnumerateObject().Count(), file.Entries);
        foreach (JsonProperty tensor in tensors.EnumerateObject())
        {
            Assert.IsTrue(file.ByName.TryGetValue(tensor.Name, out SafetensorsEntry? entry), tensor.Name);
            Assert.AreEqual(tensor.Value.GetProperty("dtype").GetString(), entry!.Type.Name());
            CollectionAssert.AreEqual(tensor.Value.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64()).ToArray(), entry.Shape);
            if (offsets)
                Assert.AreEqual(tensor.Value.GetProperty("offsets")[0].GetInt64(), entry.Offset);
            byte[] bytes = Bytes(file, entry);
            if (tensor.Value.TryGetProperty("hex", out JsonElement hex))
                Assert.AreEqual(hex.GetString(), Convert.ToHexStringLower(bytes), tensor.Name);
            else
                Assert.AreEqual(tensor.Value.GetProperty("sha256").GetString(), Convert.ToHexStringLower(SHA256.HashData(bytes)), tensor.Name);
        }

        JsonElement metadata = expected.GetProperty("metadata");
        Dictionary<string, string> texts = metadata.ValueKind == JsonValueKind.Null ? [] : metadata.Deserialize<Dictionary<string, string>>()!;
        CollectionAssert.AreEquivalent(texts.ToArray(), file.Metadata.ToArray());
    }

    private static byte[] Bytes(SafetensorsFile file, SafetensorsEntry entry)
    {
        byte[] bytes = new byte[entry.Length];
        file.ReadBytes(entry, 0, bytes);
        return bytes;
    }

    private static LoraFormatException? Refusal(Func<SafetensorsFile> open)
    {
        try
        {
            open().Dispose();
            return null;
        }
        catch (LoraFormatException e)
        {
            return e;
        }
    }

    private static JsonElement Manifest(string name)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(GoldenFiles.File("safetensors", name)));
        return document.RootElement.GetProperty("files").Clone();
    }
}
