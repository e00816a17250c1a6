using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Microsoft.ML.Data;
using Microsoft.ML.Lora.Adapters;
using Microsoft.ML.Lora.Checkpoints;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Estimators;

/// <summary>The zip: what is in it, and that it comes back, here and in another process.</summary>
[TestClass]
public sealed class SaveAndLoadTests
{
    private static TinyBase s_tiny = null!;
    private static MLContext s_ml = null!;
    private static ITransformer s_model = null!;
    private static DataViewSchema s_schema = null!;
    private static string s_folder = null!;

    [ClassInitialize]
    public static void Train(TestContext _)
    {
        s_tiny = new TinyBase();
        s_ml = new MLContext(1);
        s_model = TinyPipeline.Fit(s_ml, s_tiny);
        s_schema = s_ml.Data.LoadFromEnumerable(Messages.Make(1)).Schema;
        s_folder = Directory.CreateTempSubdirectory("lora-zip-").FullName;
        s_ml.Model.SaveAtomic(s_model, s_schema, Zip);
    }

    private static string Zip => Path.Combine(s_folder, "model.zip");

    [ClassCleanup]
    public static void CleanUp()
    {
        (s_model as IDisposable)?.Dispose();
        s_tiny.Dispose();
        Directory.Delete(s_folder, recursive: true);
    }

    [TestMethod]
    public void ALoadedModelPredictsTheSame()
    {
        Message[] messages = Messages.Make(40, seed: 11);
        var ml = new MLContext();
        ITransformer loaded = ml.Model.Load(Zip, out DataViewSchema schema);
        Assert.AreEqual(s_schema.Count, schema.Count);
        LoraTextClassificationTransformer classifier = TinyPipeline.Classifier(loaded);
        Assert.AreEqual(12, classifier.History.Epochs.Count);
        Assert.AreEqual(TinyPipeline.Classifier(s_model).TrainableParameters, classifier.TrainableParameters);
        float[][] before = TinyPipeline.Scores(s_ml, s_model, messages), after = TinyPipeline.Scores(ml, loaded, messages);
        for (int i = 0; i < messages.Length; i++)
            CollectionAssert.AreEqual(before[i], after[i]);
    }

    [TestMethod]
    public void AFreshProcessNeedsNothingButMlNet()
    {
        string[] texts = ["where is my parcel", "i want my money back", "reset the password please", ""];
        string[] lines = FreshProcess.Run(["predict", Zip, .. texts]).Lines;
        using PredictionEngine<Message, Intent> engine =
            s_ml.Model.CreatePredictionEngine<Message, Intent>(s_model, new PredictionEngineOptions { OwnsTransformer = false });
        Assert.HasCount(texts.Length, lines);
        for (int i = 0; i < texts.Length; i++)
        {
            Intent expected = engine.Predict(new Message { Text = texts[i] });
            string[] cells = lines[i].Split('\t');
            Assert.AreEqual(expected.PredictedLabel, cells[0]);
            float[] scores = [.. cells[1].Split(' ').Select(s => float.Parse(s, CultureInfo.InvariantCulture))];
            CollectionAssert.AreEqual(expected.Score, scores);
        }
    }

    [TestMethod]
    public void TwoProcessesTrainTheSameModelOneOfThemUnderLoad()
    {
        string rows = Path.Combine(s_folder, "rows.tsv");
        File.WriteAllLines(rows, Messages.Make(60).Select(m => $"{m.Label}\t{m.Text}"));
        byte[] Train(string name)
        {
            string zip = Path.Combine(s_folder, name);
            FreshProcessResult run = FreshProcess.Run("fit", s_tiny.Folder, rows, zip, "7");
            Assert.AreEqual(0, run.ExitCode, run.Error);
            return Entry(zip, "adapter_model.safetensors");
        }

        byte[] first = Train("first.zip");
        using var done = new CancellationTokenSource();
        Thread[] load = [.. Enumerable.Range(0, 2 * Environment.ProcessorCount).Select(_ => new Thread(() =>
        {
            while (!done.IsCancellationRequested)
                Thread.SpinWait(1000);
        }))];
        foreach (Thread thread in load)
            thread.Start();
        byte[] underLoad = Train("under-load.zip");
        done.Cancel();
        CollectionAssert.AreEqual(first, underLoad);
    }

    [TestMethod]
    public void TheZipHoldsPeftsFiles()
    {
        using ZipArchive archive = ZipFile.OpenRead(Zip);
        string[] names = [.. archive.Entries.Select(e => e.FullName.Replace('\\', '/'))];
        foreach (string name in new[]
        {
            "adapter_config.json", "adapter_model.safetensors", "base_model.json", "labels.json", "pooling.json", "calibration.json",
            "training_history.json", "text_classifier.json", "vocab.txt", "tokenizer_config.json",
        })
        {
            Assert.IsTrue(names.Contains($"TransformerChain/Transform_001/{name}"), $"{name} is not in: {string.Join(", ", names)}");
        }

        PeftAdapter adapter = PeftFormat.Read(Entry(Zip, "adapter_config.json"), Entry(Zip, "adapter_model.safetensors"));
        Assert.AreEqual(3, adapter.Classes);
        using SafetensorsFile tensors = SafetensorsFile.FromMemory(Entry(Zip, "adapter_model.safetensors"), "adapter");
        Assert.IsTrue(tensors.ByName.ContainsKey("base_model.model.bert.encoder.layer.1.attention.self.query.lora_A.weight"),
            string.Join(", ", tensors.Entries.Select(e => e.Name)));
        Assert.HasCount(2 * 3 * 2 + 2, tensors.Entries);
        using JsonDocument config = JsonDocument.Parse(Entry(Zip, "adapter_config.json"));
        Assert.AreEqual("LORA", config.RootElement.GetProperty("peft_type").GetString());
        Assert.AreEqual(4, config.RootElement.GetProperty("r").GetInt32());
        using JsonDocument baseModel = JsonDocument.Parse(Entry(Zip, "base_model.json"));
        Assert.AreEqual(s_tiny.Model.Fingerprint, baseModel.RootElement.GetProperty("fingerprint").GetString());
        Assert.AreEqual("bert", baseModel.RootElement.GetProperty("config").GetProperty("model_type").GetString());
        byte[] key = Entry(Zip, "Model.key");
        Assert.Contains("LORATXCL", Encoding.UTF8.GetString(key));
        Assert.Contains("LoraTextClassification", Encoding.UTF8.GetString(key));
        Assert.IsGreaterThan(0, key.AsSpan().IndexOf(Encoding.Unicode.GetBytes("Microsoft.ML.Lora, Version=1.0.0.0, Culture=neutral, PublicKeyToken=")));
    }

    [TestMethod]
    public void LoadingNeedsNoBaseModelUntilItIsUsed()
    {
        var tiny = new TinyBase(seed: 5);
        string zip = Path.Combine(s_folder, "moved.zip");
        Message[] messages = Messages.Make(5);
        ITransformer model = TinyPipeline.Fit(s_ml, tiny, rows: 40, epochs: 1);
        float[][] before = TinyPipeline.Scores(s_ml, model, messages);
        s_ml.Model.Save(model, s_schema, zip);
        string moved = tiny.Folder + "-moved";
        Directory.Move(tiny.Folder, moved);

        // In another process, which has never seen the base.
        FreshProcessResult run = FreshProcess.Run("predict", zip, "hello");
        Assert.AreEqual(1, run.ExitCode, run.Output);
        Assert.Contains("BaseModelException", run.Error);
        Assert.Contains(tiny.Folder, run.Error);
        Assert.Contains("LORA_BASE_MODELS", run.Error);
        Assert.Contains("BindBase", run.Error);

        // Another model lies where it was.
        using (new TinyBase(seed: 6, folder: tiny.Folder))
        {
            run = FreshProcess.Run("predict", zip, "hello");
            Assert.AreEqual(1, run.ExitCode, run.Output);
            Assert.Contains(tiny.Folder, run.Error);
            Assert.Contains("another model", run.Error);

            // This process has used the base that was there, and must not mistake one for the other.
            BaseModelException here = Assert.ThrowsExactly<BaseModelException>(
                () => s_ml.Model.Load(zip, out _).Transform(s_ml.Data.LoadFromEnumerable(messages)));
            Assert.Contains("another model", here.Message);
        }

        ITransformer loaded = s_ml.Model.Load(zip, out _);
        TinyPipeline.Classifier(loaded).BindBase(BaseModel.FromDirectory(moved));
        float[][] after = TinyPipeline.Scores(s_ml, loaded, messages);
        for (int i = 0; i < messages.Length; i++)
            CollectionAssert.AreEqual(before[i], after[i]);
        Directory.Delete(moved, recursive: true);
    }

    [TestMethod]
    public void AnotherBaseIsRefused()
    {
        using var other = new TinyBase(seed: 99);
        LoraTextClassificationTransformer classifier = TinyPipeline.Classifier(s_ml.Model.Load(Zip, out _));
        BaseModelException error = Assert.ThrowsExactly<BaseModelException>(() => classifier.BindBase(other.Model));
        Assert.Contains(Path.GetFileName(s_tiny.Folder), error.Message);
        Assert.Contains(other.Folder, error.Message);
        Assert.Contains(s_tiny.Model.Fingerprint, error.Message);

        // A refused base changes nothing.
        Assert.HasCount(3, TinyPipeline.Scores(s_ml, classifier, Messages.Make(1))[0]);
    }

    [TestMethod]
    public void LoadWithDataLoaderWorks()
    {
        string rows = Path.Combine(s_folder, "loader.tsv"), zip = Path.Combine(s_folder, "loader.zip");
        File.WriteAllLines(rows, Messages.Make(60).Select(m => $"{m.Label}\t{m.Text}"));
        TextLoader loader = s_ml.Data.CreateTextLoader(
            [new TextLoader.Column("Label", DataKind.String, 0), new TextLoader.Column("Text", DataKind.String, 1)]);
        ITransformer model = TinyPipeline.Create(s_ml, TinyPipeline.Options(s_tiny, epochs: 2)).Fit(loader.Load(new MultiFileSource(rows)));
        s_ml.Model.SaveAtomic(model, loader, zip);
        var ml = new MLContext();
        ITransformer loaded = ml.Model.LoadWithDataLoader(zip, out IDataLoader<IMultiStreamSource> again);
        string[] expected = [.. model.Transform(loader.Load(new MultiFileSource(rows))).GetColumn<string>("PredictedLabel")];
        string[] actual = [.. loaded.Transform(again.Load(new MultiFileSource(rows))).GetColumn<string>("PredictedLabel")];
        CollectionAssert.AreEqual(expected, actual);
    }

    [TestMethod]
    public void ASavedModelCanBeSavedAgain()
    {
        string again = Path.Combine(s_folder, "saved-again.zip");
        s_ml.Model.Save(s_ml.Model.Load(Zip, out DataViewSchema schema), schema, again);
        foreach (string name in new[] { "adapter_config.json", "adapter_model.safetensors", "base_model.json", "labels.json", "text_classifier.json" })
            CollectionAssert.AreEqual(Entry(Zip, name), Entry(again, name), name);
    }

    [TestMethod]
    public void AFailedSaveLeavesTheOldFile()
    {
        string path = Path.Combine(s_folder, "kept.zip");
        File.WriteAllText(path, "the old model");
        IOException full = Assert.ThrowsExactly<IOException>(() => s_ml.Model.SaveAtomic(new FullDisk(), s_schema, path));
        Assert.Contains("No space left on device", full.Message);
        Assert.Contains(path, full.Message);
        Assert.Contains("unchanged", full.Message);
        Assert.AreEqual("the old model", File.ReadAllText(path));
        Assert.IsEmpty(Directory.GetFiles(s_folder, "*.tmp"));

        string readOnly = OperatingSystem.IsLinux() ? "/proc/sys/model.zip" : Path.Combine(s_folder, "no-such-folder", "model.zip");
        Exception refused = Assert.Throws<Exception>(() => s_ml.Model.SaveAtomic(s_model, s_schema, readOnly));
        Assert.IsTrue(refused is IOException or UnauthorizedAccessException, refused.ToString());
        Assert.Contains(OperatingSystem.IsLinux() ? "/proc/sys" : "no-such-folder", refused.Message);
    }

    /// <summary>Fails in the middle of being saved, as a full disk makes it.</summary>
    private sealed class FullDisk : ITransformer
    {
        public bool IsRowToRowMapper => false;

        public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => inputSchema;

        public IDataView Transform(IDataView input) => input;

        public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => throw new NotSupportedException();

        public void Save(ModelSaveContext ctx) => throw new IOException("No space left on device");
    }

    [TestMethod]
    public void DamageIsFound()
    {
        byte[] weights = Entry(Zip, "adapter_model.safetensors");
        byte[] flipped = [.. weights];
        flipped[^5] ^= 1;
        Refused("adapter_model.safetensors", _ => flipped, "adapter_model.safetensors", "SHA-256");
        Refused("adapter_model.safetensors", _ => weights[..^100], "adapter_model.safetensors", $"{weights.Length - 100} bytes", $"expected {weights.Length}");
        Refused("labels.json", _ => null, "labels.json", "missing from the zip");
        Refused("vocab.txt", content => [.. content, 65], "vocab.txt", "more bytes");
        Refused("Model.key", content => content[..^40]);
        Refused("Model.key", content =>
        {
            // The name of the first file becomes another.
            content[content.AsSpan().IndexOf("text_classifier.json"u8)] = (byte)'/';
            return content;
        }, "damaged", "entry 0");

        string cut = Path.Combine(s_folder, "cut.zip");
        File.WriteAllBytes(cut, File.ReadAllBytes(Zip)[..2000]);
        Assert.Throws<Exception>(() => new MLContext().Model.Load(cut, out _));
    }

    private static void Refused(string entry, Func<byte[], byte[]?> change, params string[] expected)
    {
        string damaged = Path.Combine(s_folder, $"damaged-{Guid.NewGuid():N}.zip");
        File.Copy(Zip, damaged);
        using (ZipArchive archive = ZipFile.Open(damaged, ZipArchiveMode.Update))
        {
            ZipArchiveEntry old = archive.Entries.Single(e => e.FullName.Replace('\\', '/') == $"TransformerChain/Transform_001/{entry}");
            string name = old.FullName;
            byte[]? content = change(Entry(Zip, entry));
            old.Delete();
            if (content is not null)
            {
                using Stream stream = archive.CreateEntry(name).Open();
                stream.Write(content);
            }
        }

        Exception? error = Assert.Throws<Exception>(() => new MLContext().Model.Load(damaged, out _));
        var messages = new List<string>();
        for (; error is not null; error = error.InnerException)
            messages.Add(error.Message);
        foreach (string text in expected)
            Assert.IsTrue(messages.Any(m => m.Contains(text, StringComparison.Ordinal)), $"{entry}: nothing says '{text}': {string.Join(" <- ", messages)}");
    }

    private static byte[] Entry(string zip, string name)
    {
        using ZipArchive archive = ZipFile.OpenRead(zip);
        using Stream stream = archive.Entries.Single(e => e.FullName.Replace('\\', '/') == $"TransformerChain/Transform_001/{name}").Open();
        using var content = new MemoryStream();
        stream.CopyTo(content);
        return content.ToArray();
    }
}
