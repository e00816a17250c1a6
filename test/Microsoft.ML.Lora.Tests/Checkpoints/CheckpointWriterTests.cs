using System.Text.Json;
using Microsoft.ML.Lora.Checkpoints;
using Microsoft.ML.Lora.Tests.Checkpoints.Pickles;
using Microsoft.ML.Lora.Tests.Models;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Checkpoints;

/// <summary>Weights written as one file or as shards are the same weights.</summary>
[TestClass]
public sealed class CheckpointWriterTests
{
    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public void EveryRecordedFileIsTheSameInShards()
    {
        var run = new GoldenRun(TestContext, "safetensors/valid in shards");
        foreach (string path in Directory.EnumerateFiles(Path.Combine(GoldenFiles.Root, "safetensors", "valid"), "*.safetensors").Order(StringComparer.Ordinal))
        {
            run.Case(Path.GetFileName(path), () =>
            {
                using var folder = new TemporaryFolder();
                string source = Directory.CreateDirectory(folder.File("source")).FullName;
                File.Copy(path, Path.Combine(source, "model.safetensors"));
                using Checkpoint one = Checkpoint.Open(source);
                // Every file is flushed to the disk: some dozens are enough.
                foreach (long most in one.Entries.Count() > 50 ? (long[])[one.Entries.Sum(e => e.Length) / 20, long.MaxValue] : [1, 100, long.MaxValue])
                {
                    string target = Directory.CreateDirectory(folder.File($"{most}")).FullName;
                    CheckpointWriter.Write(one, target, most);
                    AssertSame(one, target, most);
                }
            });
        }

        run.Finish();
    }

    [TestMethod]
    public void ABinBecomesASafetensorsFolderThatIsTheSameBase()
    {
        using var folder = new TemporaryFolder();
        using var tiny = new TinyBase(folder: folder.File("tiny"));
        string weights = Path.Combine(tiny.Folder, "model.safetensors"), fingerprint = tiny.Model.Fingerprint;
        using (SafetensorsFile file = SafetensorsFile.Open(weights))
            File.WriteAllBytes(Path.Combine(tiny.Folder, "pytorch_model.bin"), TorchWriter.Zip([.. file.Entries.Select(e => new SafetensorsItem(e.Name, e.Type, e.Shape, Bytes(file, e)))]));
        File.Delete(weights);
        File.WriteAllText(Path.Combine(tiny.Folder, "notes.txt"), "not the model's");
        BaseModel bin = BaseModel.FromDirectory(tiny.Folder);

        string single = folder.File("single"), sharded = folder.File("sharded");
        bin.SaveAsSafetensors(single);
        BaseModel.FromDirectory(single).SaveAsSafetensors(Directory.CreateDirectory(sharded).FullName, maxShardBytes: 10_000);
        CollectionAssert.AreEquivalent(
            new[] { "config.json", "modules.json", "tokenizer_config.json", "vocab.txt", "1_Pooling/config.json", "model.safetensors" },
            Directory.EnumerateFiles(single, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(single, f).Replace('\\', '/')).ToArray());
        Assert.IsGreaterThan(3, Directory.GetFiles(sharded, "model-0*-of-0*.safetensors").Length);
        foreach (string copy in (string[])[single, sharded])
        {
            Assert.AreEqual(fingerprint, BaseModel.FromDirectory(copy).Fingerprint);
            Assert.AreEqual(tiny.Model.Config, BaseModel.FromDirectory(copy).Config);
        }

        Assert.AreEqual("pt", SafetensorsFile.Open(Path.Combine(single, "model.safetensors")).Metadata["format"]);
    }

    [TestMethod]
    public void AFolderWithFilesIsLeftAloneAndAFailureLeavesNothing()
    {
        using var folder = new TemporaryFolder();
        using var tiny = new TinyBase(folder: folder.File("tiny"));
        StringAssert.Contains(Assert.ThrowsExactly<IOException>(() => tiny.Model.SaveAsSafetensors(tiny.Folder)).Message, tiny.Folder);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => tiny.Model.SaveAsSafetensors(folder.File("new"), 0));
        string weights = Path.Combine(tiny.Folder, "model.safetensors");
        File.WriteAllBytes(weights, File.ReadAllBytes(weights)[..^100]);
        Assert.ThrowsExactly<LoraFormatException>(() => tiny.Model.SaveAsSafetensors(folder.File("new")));
        CollectionAssert.AreEqual(new[] { tiny.Folder }, Directory.GetFileSystemEntries(folder.FullPath));
    }

    private static void AssertSame(Checkpoint expected, string folder, long most)
    {
        using Checkpoint written = Checkpoint.Open(folder);
        CollectionAssert.AreEquivalent(expected.Entries.Select(e => e.Name).ToArray(), written.Entries.Select(e => e.Name).ToArray());
        foreach (TensorEntry entry in expected.Entries)
        {
            (TensorFile file, TensorEntry found) = written.Find(entry.Name);
            Assert.AreEqual(entry.Description, found.Description, entry.Name);
            CollectionAssert.AreEqual(Bytes(expected.Find(entry.Name).File, entry), Bytes(file, found), entry.Name);
        }

        string[] files = [.. written.Paths];
        Assert.AreEqual(files.Length > 1, File.Exists(Path.Combine(folder, "model.safetensors.index.json")));
        if (files.Length == 1)
        {
            Assert.AreEqual("model.safetensors", Path.GetFileName(files[0]));
            return;
        }

        foreach (string file in files)
        {
            using SafetensorsFile shard = SafetensorsFile.Open(file);
            Assert.IsTrue(shard.Entries.Sum(e => e.Length) <= most || shard.Entries.Count(e => e.Length > 0) == 1, file);
        }

        JsonElement index = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "model.safetensors.index.json"))).RootElement;
        Assert.AreEqual(expected.Entries.Sum(e => e.Length), index.GetProperty("metadata").GetProperty("total_size").GetInt64());
        Assert.AreEqual(expected.Entries.Count(), index.GetProperty("weight_map").EnumerateObject().Count());
    }

    private static byte[] Bytes(TensorFile file, TensorEntry entry)
    {
        byte[] bytes = new byte[entry.Length];
        file.ReadBytes(entry, 0, bytes);
        return bytes;
    }
}
