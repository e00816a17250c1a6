using System.Diagnostics;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.ML.Lora.Checkpoints;
using Microsoft.ML.Lora.Checkpoints.Pickles;
using Microsoft.ML.Lora.Tests.Fuzzing;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Checkpoints.Pickles;

/// <summary>Files that torch.save wrote, and files made to harm whoever reads them: goldens/pickles.</summary>
[TestClass]
public sealed class TorchGoldenTests
{
    /// <summary>What the hostile files would create if anything of them ran.</summary>
    private const string Marker = "lora_hostile_marker";

    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(10);

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public void ValidFilesAreReadBitForBit()
    {
        var run = new GoldenRun(TestContext, "pickles/valid");
        foreach (JsonElement file in Manifest("valid.json", run))
        {
            string name = file.Text("file"), path = GoldenFiles.File("pickles", name);
            run.Case(name, () =>
            {
                using SafetensorsFile? expected = file.GetProperty("expected").GetString() is { } other ? SafetensorsFile.Open(GoldenFiles.File("pickles", other)) : null;
                using (TorchFile onDisk = TorchFile.Open(path))
                    PickleTree.AssertEqual(file.GetProperty("value"), onDisk.Value, onDisk, expected);
                using TorchFile inMemory = TorchFile.FromMemory(File.ReadAllBytes(path), name);
                PickleTree.AssertEqual(file.GetProperty("value"), inMemory.Value, inMemory, expected);
            });
        }

        run.Finish();
    }

    [TestMethod]
    public void RealCheckpointsHaveTheirHashes()
    {
        string manifest = Path.Combine(GoldenFiles.Root, "pickles", "real.json");
        if (!File.Exists(manifest))
            Assert.Inconclusive($"'{manifest}' is not in this selection.");
        var run = new GoldenRun(TestContext, "pickles/real");
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(manifest));
        foreach (JsonElement file in document.RootElement.GetProperty("files").EnumerateArray())
        {
            string name = file.Text("file");
            string[] parts = [.. name.Split('/').Skip(1)];
            if (GoldenFiles.TryData(parts) is not { } path)
            {
                run.LeaveOut(name, $"not under '{GoldenFiles.DataRoot}'");
                continue;
            }

            run.Case(name, () =>
            {
                using TensorFile state = TensorFile.Open(path);
                JsonElement tensors = file.GetProperty("tensors");
                Assert.HasCount(tensors.EnumerateObject().Count(), state.Entries);
                foreach (TensorEntry entry in state.Entries)
                {
                    JsonElement tensor = tensors.GetProperty(entry.Name);
                    Assert.AreEqual(tensor.Text("dtype"), PickleTree.DtypeOf(entry.Type), entry.Name);
                    CollectionAssert.AreEqual(PickleTree.Numbers(tensor.GetProperty("shape")), entry.Shape, entry.Name);
                    Assert.AreEqual(tensor.Text("sha256"), Convert.ToHexStringLower(SHA256.HashData(Bytes(state, entry))), entry.Name);
                }
            });
        }

        run.Finish();
    }

    [TestMethod]
    public void UnsupportedFilesAreRefusedByName()
    {
        var run = new GoldenRun(TestContext, "pickles/unsupported");
        foreach (JsonElement file in Manifest("unsupported.json", run))
        {
            string name = file.Text("file");
            run.Case(name, () =>
            {
                string path = GoldenFiles.File("pickles", name);
                if (Refusal(() => TorchStateDict.Open(path)) is not { } refusal)
                {
                    AssertWhole(path, file.GetProperty("torch_weights_only").GetProperty("tensors"));
                    return;
                }

                TestContext.WriteLine($"{name}: {refusal.Message}");
                Assert.IsNull(Refusals.Lack(refusal, path), refusal.Message);
                string[] things = Things(file);
                Assert.IsTrue(things.Length == 0 || Array.Exists(things, refusal.Message.Contains), $"{refusal.Message} names none of {string.Join(", ", things)}");
            });
        }

        run.Finish();
    }

    [TestMethod]
    public void HostileFilesAreRefused()
    {
        var run = new GoldenRun(TestContext, "pickles/hostile");
        foreach (JsonElement file in Manifest("hostile.json", run))
        {
            string name = file.Text("file");
            byte[] content = File.ReadAllBytes(GoldenFiles.File("pickles", name));
            run.Case(name, () => AssertVerdict(name, content, file.Text("reader")));
            // Compression is refused at the door; the same content stored must be refused for what it is.
            if (Stored(content) is { } stored)
                run.Case($"{name}, stored", () => AssertVerdict(name, stored, file.Text("reader")));
        }

        run.Finish();
        foreach (string folder in (string[])[Environment.CurrentDirectory, AppContext.BaseDirectory, Path.GetTempPath()])
            Assert.IsFalse(File.Exists(Path.Combine(folder, Marker)), folder);
    }

    /// <summary>What is not supported in a file: the class that torch names, or what the manifest does.</summary>
    private static string[] Things(JsonElement file)
    {
        if (file.GetProperty("torch_weights_only").TryGetProperty("message", out JsonElement message)
            && Regex.Match(message.GetString()!, @"GLOBAL (\S+)") is { Success: true } global)
            return [global.Groups[1].Value];
        return [.. Regex.Matches(file.Text("what"), @"_rebuild_\w+|torch\.\w+|TorchScript|pickle|quantized").Select(m => m.Value == "quantized" ? "qtensor" : m.Value)];
    }

    /// <summary>"Or support it": then it must be whole.</summary>
    private static void AssertWhole(string path, JsonElement tensors)
    {
        using TorchStateDict state = TorchStateDict.Open(path);
        Assert.HasCount(tensors.EnumerateObject().Count(), state.Entries);
        foreach (TensorEntry entry in state.Entries)
        {
            JsonElement tensor = tensors.GetProperty(entry.Name);
            Assert.AreEqual(tensor[0].GetString(), PickleTree.DtypeOf(entry.Type), entry.Name);
            CollectionAssert.AreEqual(PickleTree.Numbers(tensor[1]), entry.Shape, entry.Name);
        }
    }

    private void AssertVerdict(string name, byte[] content, string verdict)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        var watch = Stopwatch.StartNew();
        LoraFormatException? refusal = Refusal(() => TorchStateDict.FromMemory(content, name));
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.IsLessThan(s_longest, watch.Elapsed);
        // A pickle of single bytes can make a list of each; a small file gets the buffers, too.
        Assert.IsLessThan(1_000_000 + (200L * content.Length), allocated, $"bytes allocated for a file of {content.Length}");
        if (verdict == "accept")
            Assert.IsNull(refusal, refusal?.Message);
        else if (verdict.StartsWith("refuse", StringComparison.Ordinal))
            Assert.IsNotNull(refusal, "must be refused");
        if (refusal is not null)
            Assert.IsNull(Refusals.Lack(refusal, name), refusal.Message);
    }

    /// <summary>Opens a state dictionary and reads all of it; the refusal, or null.</summary>
    private static LoraFormatException? Refusal(Func<TorchStateDict> open)
    {
        try
        {
            using TorchStateDict state = open();
            foreach (TensorEntry entry in state.Entries)
                Bytes(state, entry);
            return null;
        }
        catch (LoraFormatException e)
        {
            return e;
        }
    }

    private static byte[] Bytes(TensorFile file, TensorEntry entry)
    {
        byte[] bytes = new byte[entry.Length];
        file.ReadBytes(entry, 0, bytes);
        return bytes;
    }

    /// <summary>The archive without compression; null where it has none or is no archive that others read.</summary>
    private static byte[]? Stored(byte[] content)
    {
        try
        {
            using var archive = new ZipArchive(new MemoryStream(content));
            // Only where the pickle was compressed; a storage that is large when expanded is an honest one when stored.
            if (archive.Entries.All(e => e.Name != "data.pkl" || e.CompressedLength == e.Length) || archive.Entries.Any(e => e.Length > 1 << 20))
                return null;
            var stored = new Dictionary<string, byte[]>();
            foreach (ZipArchiveEntry entry in archive.Entries)
            {
                using Stream stream = entry.Open();
                using var copy = new MemoryStream();
                stream.CopyTo(copy);
                stored.Add(entry.FullName, copy.ToArray());
            }

            return TorchWriter.Archive(stored);
        }
        catch (Exception e) when (e is InvalidDataException or ArgumentException)
        {
            return null;
        }
    }

    private static IEnumerable<JsonElement> Manifest(string name, GoldenRun run)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(GoldenFiles.File("pickles", name)));
        foreach (JsonElement file in document.RootElement.Clone().GetProperty("files").EnumerateArray())
        {
            if (File.Exists(Path.Combine(GoldenFiles.Root, "pickles", file.Text("file"))))
                yield return file;
            else
                run.LeaveOut(file.Text("file"), "not in this selection");
        }
    }
}
