using System.Text.Json;
using Microsoft.ML.Lora.Checkpoints;
using Microsoft.ML.Lora.Estimators;
using Microsoft.ML.Lora.Models;
using Microsoft.ML.Lora.Tests.Checkpoints.Pickles;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Models;

[TestClass]
[DoNotParallelize]
public sealed class BaseModelTests
{
    [TestMethod]
    public void LoadedOncePerPrecisionAndFreedWithTheLastHandle()
    {
        using var folder = new TemporaryFolder();
        TinyBert.Write(folder.FullPath);
        int before = BaseModelStore.LoadedCount;
        BaseModelHandle first = BaseModel.FromDirectory(folder.FullPath).Acquire(ComputeType.Float32);
        BaseModelHandle second = BaseModel.FromDirectory(folder.FullPath).Acquire(ComputeType.Float32);
        using BaseModelHandle narrow = BaseModel.FromDirectory(folder.FullPath).Acquire(ComputeType.BFloat16);
        Assert.AreSame(first.Model, second.Model);
        Assert.AreNotSame(first.Model, narrow.Model);
        Assert.AreEqual(before + 2, BaseModelStore.LoadedCount);
        first.Dispose();
        first.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => first.Model);
        Assert.IsGreaterThan(0, second.Model.ParameterCount);
        second.Dispose();
        Assert.AreEqual(before + 1, BaseModelStore.LoadedCount);
    }

    [TestMethod]
    public void LostHandlesGiveTheirShareBack()
    {
        using var folder = new TemporaryFolder();
        TinyBert.Write(folder.FullPath);
        int before = BaseModelStore.LoadedCount;
        Lose(folder.FullPath);
        for (int i = 0; i < 10 && BaseModelStore.LoadedCount > before; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.AreEqual(before, BaseModelStore.LoadedCount);

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static void Lose(string path) => Assert.IsNotNull(BaseModel.FromDirectory(path).Acquire(ComputeType.Float32).Model);
    }

    [TestMethod]
    public void ThreadsShareOneLoad()
    {
        using var folder = new TemporaryFolder();
        TinyBert.Write(folder.FullPath);
        BaseModel model = BaseModel.FromDirectory(folder.FullPath);
        var handles = new BaseModelHandle[16];
        Parallel.For(0, handles.Length, i => handles[i] = model.Acquire(ComputeType.Float32));
        Assert.HasCount(1, handles.Select(h => h.Model).Distinct().ToArray());
        foreach (BaseModelHandle handle in handles)
            handle.Dispose();
    }

    [TestMethod]
    public void FingerprintIsOfTheTensorsNotOfTheFile()
    {
        using var folder = new TemporaryFolder();
        string plain = folder.File("plain"), prefixed = folder.File("prefixed"), legacy = folder.File("legacy"), other = folder.File("other");
        TinyBert.Write(plain);
        TinyBert.Write(prefixed, name => $"bert.{name}");
        TinyBert.Write(legacy, name => name.Replace("LayerNorm.weight", "LayerNorm.gamma").Replace("LayerNorm.bias", "LayerNorm.beta"));
        TinyBert.Write(other, seed: 6);
        string expected = BaseModel.FromDirectory(plain).Fingerprint;
        StringAssert.Matches(expected, new("^sha256:[0-9a-f]{64}$"));
        Assert.AreEqual(expected, BaseModel.FromDirectory(prefixed).Fingerprint);
        Assert.AreEqual(expected, BaseModel.FromDirectory(legacy).Fingerprint);
        Assert.AreNotEqual(expected, BaseModel.FromDirectory(other).Fingerprint);
        TinyBert.Write(plain, seed: 6);
        Assert.AreEqual(BaseModel.FromDirectory(other).Fingerprint, BaseModel.FromDirectory(plain).Fingerprint, "a changed file is hashed again");
        BaseModelException wrong = Assert.ThrowsExactly<BaseModelException>(() => BaseModel.FromDirectory(other).Verify(new("the-base", expected)));
        StringAssert.Contains(wrong.Message, "the-base");
        StringAssert.Contains(wrong.Message, other);
    }

    [TestMethod]
    public void ShardsAreTheSameBaseAsOneFile()
    {
        using var folder = new TemporaryFolder();
        string single = folder.File("single"), sharded = folder.File("sharded");
        TinyBert.Write(single);
        TinyBert.Write(sharded, name => name.StartsWith("encoder.layer.1", StringComparison.Ordinal) ? null : name);
        File.Move(Path.Combine(sharded, "model.safetensors"), Path.Combine(sharded, "a.safetensors"));
        TinyBert.Write(sharded, name => name.StartsWith("encoder.layer.1", StringComparison.Ordinal) ? name : null);
        File.Move(Path.Combine(sharded, "model.safetensors"), Path.Combine(sharded, "b.safetensors"));
        File.WriteAllText(Path.Combine(sharded, "model.safetensors.index.json"), """{"weight_map": {"pooler.dense.bias": "a.safetensors", "encoder.layer.1.output.dense.bias": "b.safetensors"}}""");
        Assert.AreEqual(BaseModel.FromDirectory(single).Fingerprint, BaseModel.FromDirectory(sharded).Fingerprint);
        File.WriteAllText(Path.Combine(sharded, "model.safetensors.index.json"), """{"weight_map": {"x": "../single/model.safetensors"}}""");
        StringAssert.Contains(Assert.ThrowsExactly<LoraFormatException>(() => BaseModel.FromDirectory(sharded).Files).Message, "same folder");
    }

    [TestMethod]
    public void EveryFormatIsTheSameBase()
    {
        using var folder = new TemporaryFolder();
        IReadOnlyList<SafetensorsItem> items = TinyBert.Items();
        SafetensorsItem[] first = [.. items.Take(7)], second = [.. items.Skip(7)];
        byte[] one = Safetensors(first), two = Safetensors(second);
        Dictionary<string, (string Name, byte[] Content)[]> formats = new()
        {
            ["safetensors"] = [("model.safetensors", Safetensors(items))],
            ["shards"] = [("model-00001-of-00002.safetensors", one), ("model-00002-of-00002.safetensors", two)],
            ["zip"] = [("pytorch_model.bin", TorchWriter.Zip(items))],
            ["legacy"] = [("pytorch_model.bin", TorchWriter.Legacy(items))],
            ["bin-shards"] = [("pytorch_model-00001-of-00002.bin", TorchWriter.Zip(first)), ("pytorch_model-00002-of-00002.bin", TorchWriter.Legacy(second))],
            // Where both are there, safetensors is read: the other one is not even a file of its format.
            ["both"] = [("model.safetensors", Safetensors(items)), ("pytorch_model.bin", [1, 2, 3])],
        };
        foreach ((string name, (string Name, byte[] Content)[] files) in formats)
        {
            TinyBert.WriteConfig(Directory.CreateDirectory(folder.File(name)).FullName);
            foreach ((string file, byte[] content) in files)
                File.WriteAllBytes(folder.File(name, file), content);
            if (files.Length == 2 && name != "both")
            {
                string index = files[0].Name.EndsWith(".bin", StringComparison.Ordinal) ? "pytorch_model.bin.index.json" : "model.safetensors.index.json";
                File.WriteAllText(folder.File(name, index), JsonSerializer.Serialize(new
                {
                    weight_map = first.Select(i => (i.Name, files[0].Name)).Concat(second.Select(i => (i.Name, files[1].Name))).ToDictionary(p => p.Item1, p => p.Item2),
                }));
            }
        }

        TokenizedRow[] rows = TinyBert.Rows(5, 9);
        float[][]? expected = null;
        foreach (string name in formats.Keys)
        {
            BaseModel model = BaseModel.FromDirectory(folder.File(name));
            Assert.AreEqual(BaseModel.FromDirectory(folder.File("safetensors")).Fingerprint, model.Fingerprint, name);
            using BaseModelHandle handle = model.Acquire(ComputeType.Float32);
            float[][] hidden = TinyBert.Hidden(handle.Model, rows);
            expected ??= hidden;
            for (int i = 0; i < rows.Length; i++)
                CollectionAssert.AreEqual(expected[i], hidden[i], name);
        }

        CollectionAssert.AreEqual(
            new[] { "base_model-config.json", "base_model-pytorch_model.bin.index.json", "base_model-pytorch_model-00001-of-00002.bin", "base_model-pytorch_model-00002-of-00002.bin" },
            IncludedBaseModel.Files(folder.File("bin-shards")).Select(f => f.Name).ToArray(), "a saved model can hold such a base");
        string shards = folder.File("bin-shards", "pytorch_model.bin.index.json");
        string swapped = File.ReadAllText(shards).Replace($"\"{first[0].Name}\":\"pytorch_model-00001", $"\"{first[0].Name}\":\"pytorch_model-00002");
        File.WriteAllText(shards, swapped);
        LoraFormatException error = Assert.ThrowsExactly<LoraFormatException>(() => BaseModel.FromDirectory(folder.File("bin-shards")).Files);
        StringAssert.Contains(error.Message, $"1 tensors are not in the shards that the index names: {first[0].Name}");
        File.Delete(folder.File("bin-shards", "pytorch_model-00002-of-00002.bin"));
        StringAssert.Contains(Assert.ThrowsExactly<LoraFormatException>(() => BaseModel.FromDirectory(folder.File("bin-shards")).Files).Message, "'pytorch_model-00002-of-00002.bin' does not exist");

        static byte[] Safetensors(IEnumerable<SafetensorsItem> items) => SafetensorsWriter.ToArray(items);
    }

    [TestMethod]
    public void ARealBinOpensAndIsTheSameAsItsCopyInSafetensors()
    {
        string real = GoldenFiles.Data("models", "hf-tiny-random", "BertForSequenceClassification");
        using var folder = new TemporaryFolder();
        File.Copy(Path.Combine(real, "config.json"), folder.File("config.json"));
        using (TensorFile bin = TensorFile.Open(Path.Combine(real, "pytorch_model.bin")))
        {
            SafetensorsWriter.WriteAtomic(folder.File("model.safetensors"), bin.Entries.Select(e =>
            {
                byte[] bytes = new byte[e.Length];
                bin.ReadBytes(e, 0, bytes);
                return new SafetensorsItem(e.Name, e.Type, e.Shape, bytes);
            }));
        }

        BaseModel model = BaseModel.FromDirectory(real);
        Assert.AreEqual(BaseModel.FromDirectory(folder.FullPath).Fingerprint, model.Fingerprint);
        using BaseModelHandle mapped = model.Acquire(ComputeType.Float32);
        using BaseModelHandle copied = BaseModel.FromDirectory(real, new BaseModelOptions { Mapping = BaseModelMapping.Never }).Acquire(ComputeType.Float32);
        Assert.IsGreaterThan(0, mapped.MappedBytes, "torch aligns what it writes");
        Assert.AreEqual(0, copied.MappedBytes);
        TokenizedRow[] rows = TinyBert.Rows(5, 9);
        float[][] expected = TinyBert.Hidden(copied.Model, rows), hidden = TinyBert.Hidden(mapped.Model, rows);
        for (int i = 0; i < rows.Length; i++)
            CollectionAssert.AreEqual(expected[i], hidden[i]);
    }

    [TestMethod]
    public void BrokenFoldersAreRefusedWithReasons()
    {
        using var folder = new TemporaryFolder();
        string missing = folder.File("missing");
        StringAssert.Contains(Assert.ThrowsExactly<BaseModelException>(() => BaseModel.FromDirectory(missing)).Message, missing);
        AssertRefused("config.json");
        TinyBert.WriteConfig(folder.FullPath, "mamba");
        AssertRefused("'mamba'", "'bert'");
        TinyBert.WriteConfig(folder.FullPath);
        AssertRefused("model.safetensors");
        TinyBert.Write(folder.FullPath, name => name == "encoder.layer.1.output.dense.bias" ? null : name);
        AssertRefused("1 missing: encoder.layer.1.output.dense.bias");
        TinyBert.Write(folder.FullPath);
        string weights = folder.File("model.safetensors");
        using (FileStream stream = File.OpenWrite(weights))
            stream.SetLength(stream.Length - 1);
        AssertRefused(weights, "end of the file");
        File.WriteAllText(folder.File("config.json"), """{"model_type": "bert", "num_attention_heads": 0}""");
        AssertRefused("num_attention_heads", "found 0");
        File.WriteAllText(folder.File("config.json"), """{"model_type": "bert", "hidden_act": "swiglu"}""");
        AssertRefused("'swiglu'", "gelu");

        void AssertRefused(params string[] parts)
        {
            string message = Assert.ThrowsExactly<LoraFormatException>(() => BaseModel.FromDirectory(folder.FullPath).Files).Message;
            foreach (string part in parts)
                StringAssert.Contains(message, part);
        }
    }

    [TestMethod]
    public void PoolingFollowsTheFolder()
    {
        using var folder = new TemporaryFolder();
        TinyBert.Write(folder.FullPath);
        Assert.AreEqual("Pooler", BaseModel.FromDirectory(folder.FullPath).Pooling.ToString(), "the family's own where the checkpoint has it");
        TinyBert.Write(folder.FullPath, name => name.StartsWith("pooler", StringComparison.Ordinal) ? null : name);
        Assert.AreEqual("Mean", BaseModel.FromDirectory(folder.FullPath).Pooling.ToString());
        Directory.CreateDirectory(folder.File("1_Pooling"));
        File.WriteAllText(folder.File("1_Pooling", "config.json"), """{"pooling_mode_cls_token": true, "pooling_mode_max_tokens": true}""");
        Assert.AreEqual("Cls+Max", BaseModel.FromDirectory(folder.FullPath).Pooling.ToString());
        Assert.AreEqual("LastToken", BaseModel.FromDirectory(folder.FullPath, new BaseModelOptions { Pooling = PoolingMode.LastToken }).Pooling.ToString());
        File.WriteAllText(folder.File("modules.json"), """[{"type": "sentence_transformers.models.Pooling", "path": "2_Pooling"}]""");
        StringAssert.Contains(Assert.ThrowsExactly<LoraFormatException>(() => BaseModel.FromDirectory(folder.FullPath).Pooling).Message, Path.Combine("2_Pooling", "config.json"));
        CollectionAssert.AreEqual(new[] { PoolingMode.Cls, PoolingMode.Max }, PoolingSettings.Parse("Cls+Max").Modes.ToArray());
        Assert.ThrowsExactly<LoraFormatException>(() => PoolingSettings.Parse("Cls+7"));
    }

    [TestMethod]
    public void SavedModelsFindTheirBaseByFingerprint()
    {
        using var folder = new TemporaryFolder();
        TinyBert.Write(folder.File("models", "one"));
        TinyBert.Write(folder.File("models", "two"), seed: 9);
        BaseModelReference expected = BaseModel.FromDirectory(folder.File("models", "two")).Reference;
        Assert.AreEqual(folder.File("models", "two"), BaseModelLocator.Find(expected, folder.File("models")).Directory);
        BaseModelException error = Assert.ThrowsExactly<BaseModelException>(() => BaseModelLocator.Find(expected, folder.File("models", "one")));
        foreach (string part in (string[])[expected.Id, expected.Fingerprint, folder.File("models", "one"), BaseModelLocator.SearchPathVariable, "BindBase"])
            StringAssert.Contains(error.Message, part);
        string? before = Environment.GetEnvironmentVariable(BaseModelLocator.SearchPathVariable);
        try
        {
            Environment.SetEnvironmentVariable(BaseModelLocator.SearchPathVariable, folder.File("nowhere") + Path.PathSeparator + folder.File("models"));
            Assert.AreEqual(folder.File("models", "two"), BaseModelLocator.Find(expected).Directory);
        }
        finally
        {
            Environment.SetEnvironmentVariable(BaseModelLocator.SearchPathVariable, before);
        }

        using (BaseModel.FromDirectory(folder.File("models", "two")).Acquire(ComputeType.Float32))
            Assert.AreEqual(folder.File("models", "two"), BaseModelLocator.Find(expected).Directory, "a base in use is found without a search path");
    }
}
