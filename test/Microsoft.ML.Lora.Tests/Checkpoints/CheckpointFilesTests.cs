using System.Text.Json;
using Microsoft.ML.Lora.Checkpoints;
using Microsoft.ML.Lora.Tests.Checkpoints.Pickles;
using Microsoft.ML.Lora.Tests.Fuzzing;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Checkpoints;

/// <summary>Folders whose index and shards do not fit, and what is said of each.</summary>
[TestClass]
public sealed class CheckpointFilesTests
{
    private readonly TemporaryFolder _folder = new();

    [TestCleanup]
    public void Stop() => _folder.Dispose();

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void WhatTheIndexNamesIsRead(bool bin)
    {
        // Neither another file in the folder nor a wrong sum of bytes matters: writers disagree about the latter where tensors are tied.
        string index = Shards(bin);
        Write(bin, 3, "c");
        File.WriteAllText(index, JsonSerializer.Serialize(new { metadata = new { total_size = 1L << 60 }, weight_map = Map(bin, ("a", 1), ("b", 2)) }));
        using Checkpoint checkpoint = Checkpoint.Open(_folder.FullPath);
        CollectionAssert.AreEquivalent((string[])["a", "b"], checkpoint.Entries.Select(e => e.Name).ToArray());
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void WhatDoesNotFitIsSaidWithFileKeyFoundAndExpected(bool bin)
    {
        string index = Shards(bin), one = Name(bin, 1), two = Name(bin, 2);
        Says(Serialize(Map(bin, ("a", 1), ("b", 2), ("c", 3), ("d", 4))), "weight_map", "2 shards do not exist", Name(bin, 3), Name(bin, 4), "found 2 shards", "expected 4");
        Says(Serialize(Map(bin, ("a", 2), ("b", 2), ("x", 1))), "weight_map", "2 tensors are not in the shards", $"a in {two}", $"x in {one}");
        foreach (string outside in (string[])["../other.safetensors", "/etc/passwd", "sub/x.safetensors", "..", ".", "", "a\\b", "a\u001b[2Jb", "a\nb"])
            Says(Serialize(new() { ["a"] = outside }), "a", "same folder", "expected a name without folders");
        Says("""{"weight_map": {"a": 5}}""", "a", "found 5");
        Says("""{"weight_map": []}""", "weight_map", "found Array");
        Says("""{"weight_map": {}}""", "weight_map", "names no shards");
        Says("""{"metadata": {}}""", "weight_map", "found nothing");
        Says($$$"""{"weight_map": {"a": "{{{one}}}", "a": "{{{two}}}"} }""", "a", "given twice");
        Says("[]", null, "found Array", "expected an object");
        Says("{\n\n  \"weight_map\": tru }", null, "not valid JSON (at byte");
        Says("{\"a\": \"\\ud800\"}", null, "not valid Unicode (at byte 6)", "half a surrogate pair");
        File.WriteAllBytes(index, [(byte)'{', (byte)'"', 0xff]);
        Says(null, null, "UTF-8 (at byte 2); found byte 0xff");

        File.WriteAllText(index, Serialize(Map(bin, ("a", 1), ("b", 2))));
        Write(bin, 2, "b", "a");
        LoraFormatException twice = Assert.ThrowsExactly<LoraFormatException>(() => Checkpoint.Open(_folder.FullPath).Dispose());
        Assert.IsNull(Refusals.Lack(twice, _folder.File(two)), twice.Message);
        Assert.AreEqual("a", twice.Key);
        StringAssert.Contains(twice.Message, one);

        void Says(string? json, string? key, params string[] parts)
        {
            if (json is not null)
                File.WriteAllText(index, json);
            LoraFormatException error = Assert.ThrowsExactly<LoraFormatException>(() => Checkpoint.Open(_folder.FullPath).Dispose());
            Assert.IsNull(Refusals.Lack(error, index), error.Message);
            if (key is not null)
                Assert.AreEqual(key, error.Key);
            foreach (string part in parts)
                StringAssert.Contains(error.Message, part);
        }
    }

    [TestMethod]
    public void ALinkToNothingIsNoFile()
    {
        // As where a commit's folder was copied out of a hub cache without the blobs.
        string weights = _folder.File("model.safetensors"), config = _folder.File("config.json");
        File.CreateSymbolicLink(weights, Path.Combine("..", "blobs", "abc"));
        LoraFormatException error = Assert.ThrowsExactly<LoraFormatException>(() => CheckpointFiles.Find(_folder.FullPath));
        StringAssert.Contains(error.Message, $"model.safetensors (a link to '{Path.Combine("..", "blobs", "abc")}', where no file is)");
        File.WriteAllBytes(_folder.File("pytorch_model.bin"), TorchWriter.Zip([SafetensorsItem.FromFloats("a", [1], [1])]));
        CollectionAssert.AreEqual((string[])[_folder.File("pytorch_model.bin")], CheckpointFiles.Find(_folder.FullPath).Paths.ToArray());

        foreach (string target in (string[])["nowhere.json", "config.json"])
        {
            File.Delete(config);
            File.CreateSymbolicLink(config, target);
            error = Assert.ThrowsExactly<LoraFormatException>(() => HuggingFaceConfig.Read(config));
            StringAssert.Contains(error.Message, $"found a link to '{target}', where no file is");
        }

        string index = Shards(bin: false);
        File.Delete(weights);
        File.Delete(_folder.File("pytorch_model.bin"));
        File.Delete(_folder.File(Name(false, 2)));
        File.CreateSymbolicLink(_folder.File(Name(false, 2)), "nowhere");
        File.WriteAllText(index, Serialize(Map(false, ("a", 1), ("b", 2))));
        StringAssert.Contains(Assert.ThrowsExactly<LoraFormatException>(() => CheckpointFiles.Find(_folder.FullPath)).Message, $"the shard '{Name(false, 2)}' does not exist");
    }

    [TestMethod]
    public void AJsonErrorIsPlacedInTheFileNotInItsLine()
    {
        LoraFormatException error = Assert.ThrowsExactly<LoraFormatException>(() => JsonText.Parse("\uFEFF{\n\n\"a\": x}"u8.ToArray(), "config.json"));
        Assert.AreEqual(3 + 8, error.Offset, error.Message);
        error = Assert.ThrowsExactly<LoraFormatException>(() => SafetensorsHeader.Parse("f", "{\n\n\"a\": x}"u8, 0));
        Assert.AreEqual(8 + 8, error.Offset, error.Message);
    }

    private string Shards(bool bin)
    {
        Write(bin, 1, "a");
        Write(bin, 2, "b");
        return _folder.File(bin ? "pytorch_model.bin.index.json" : "model.safetensors.index.json");
    }

    private void Write(bool bin, int number, params string[] keys)
    {
        SafetensorsItem[] items = [.. keys.Select(key => SafetensorsItem.FromFloats(key, [2], [1, number]))];
        File.WriteAllBytes(_folder.File(Name(bin, number)), bin ? TorchWriter.Zip(items) : SafetensorsWriter.ToArray(items));
    }

    private static string Name(bool bin, int number) => bin ? $"pytorch_model-{number:d5}-of-00002.bin" : $"model-{number:d5}-of-00002.safetensors";

    private static Dictionary<string, string> Map(bool bin, params (string Key, int Shard)[] shards) => shards.ToDictionary(s => s.Key, s => Name(bin, s.Shard));

    private static string Serialize(Dictionary<string, string> map) => JsonSerializer.Serialize(new { weight_map = map });
}
