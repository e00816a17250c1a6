using System.Numerics;
using System.Reflection;
using Microsoft.ML.Data;
using Microsoft.ML.Lora.Checkpoints;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Estimators;

/// <summary>What users get wrong, and what they are told.</summary>
[TestClass]
public sealed class BadInputTests
{
    private static TinyBase s_tiny = null!;
    private readonly MLContext _ml = new(1);
    private readonly List<string> _log = [];

    public BadInputTests() => _ml.Log += (_, e) =>
    {
        lock (_log)
            _log.Add(e.Message);
    };

    [ClassInitialize]
    public static void MakeBase(TestContext _) => s_tiny = new TinyBase(maxPositions: 24);

    [ClassCleanup]
    public static void CleanUp() => s_tiny.Dispose();

    private ITransformer Fit(IEnumerable<Message> messages, Action<LoraTextClassificationTrainer.Options>? change = null)
    {
        LoraTextClassificationTrainer.Options options = TinyPipeline.Options(s_tiny, epochs: 1);
        change?.Invoke(options);
        return TinyPipeline.Create(_ml, options).Fit(_ml.Data.LoadFromEnumerable(messages));
    }

    private static void Says<T>(Action action, params string[] expected)
        where T : Exception
    {
        T error = Assert.Throws<T>(action);
        foreach (string text in expected)
            Assert.Contains(text, error.Message);
    }

    /// <summary>Rows with a key from 1 to 3, or 0 for a missing one. ML.NET counts the values of a class's property from 0.</summary>
    private IDataView Keyed<T>(params (T Key, string Text)[] rows)
        where T : struct, INumber<T>, IMinMaxValue<T>
    {
        var schema = SchemaDefinition.Create(typeof(KeyRow<T>));
        schema["Label"].ColumnType = new KeyDataViewType(typeof(T), 3);
        return _ml.Data.LoadFromEnumerable(
            rows.Select(r => new KeyRow<T> { Label = r.Key == T.Zero ? T.MaxValue : r.Key - T.One, Text = r.Text }), schema);
    }

    private LoraTextClassificationTransformer FitKeyed(IDataView data) =>
        _ml.MulticlassClassification.Trainers.LoraTextClassification(TinyPipeline.Options(s_tiny, epochs: 1)).Fit(data);

    private sealed class KeyRow<T>
    {
        public T Label { get; set; } = default!;

        public string Text { get; set; } = "";
    }

    [TestMethod]
    public void AnEmptyTrainingSet() =>
        Says<ArgumentException>(() => FitKeyed(_ml.Data.SkipRows(Keyed((1u, "a")), 1)), "training set is empty");

    [TestMethod]
    public void OneClass()
    {
        Says<ArgumentException>(() => Fit(Messages.Make(20).Where(m => m.Label == "refund")), "'Label'", "only one class");
        Says<ArgumentException>(() => FitKeyed(Keyed((2u, "a"), (2u, "b"))), "All 2 labelled rows have the same label", "key 2");
    }

    [TestMethod]
    public void AllLabelsMissing() => Says<ArgumentException>(() => FitKeyed(Keyed((0u, "a"), (0u, "b"))), "All 2 labels", "'Label'", "missing");

    [TestMethod]
    public void ADivergedTrainingNamesStepRowsAndCheckpoint()
    {
        using var folder = new TemporaryFolder();
        LoraTextClassificationTrainer.Options options = TinyPipeline.Options(s_tiny, epochs: 5);
        options.Training.LearningRate = 1e7;
        options.Training.WarmupSteps = 2; // the first step has rate 0, and its checkpoint is good
        options.Training.BatchSize = 3;
        options.Training.CheckpointDirectory = folder.FullPath;
        options.Training.CheckpointEverySteps = 1;
        IDataView data = Keyed((0u, "skipped"), (1u, "money"), (0u, "skipped"), (2u, "parcel"), (3u, "login"));
        TrainingDivergedException e = Assert.Throws<TrainingDivergedException>(
            () => _ml.MulticlassClassification.Trainers.LoraTextClassification(options).Fit(data));
        Assert.IsGreaterThan(1, e.Step);
        CollectionAssert.AreEquivalent(new long[] { 1, 3, 4 }, e.Rows.ToArray()); // as the data counts them, rows without a label included
        Assert.IsTrue(File.Exists(e.Checkpoint));
        foreach (string text in new[] { $"step {e.Step}", string.Join(", ", e.Rows), e.Checkpoint!, "learning rate" })
            StringAssert.Contains(e.Message, text);
    }

    [TestMethod]
    public void SomeLabelsMissing()
    {
        FitKeyed(Keyed((1ul, "money"), (0ul, "b"), (2ul, "parcel"), (0ul, "c"), (1ul, "pay"))).Dispose();
        Assert.IsTrue(_log.Any(l => l.Contains("2 of 5 rows of the training set have no label", StringComparison.Ordinal)), string.Join('\n', _log));
    }

    [TestMethod]
    public void WrongColumns()
    {
        Message[] rows = Messages.Make(20);
        Says<ArgumentOutOfRangeException>(() => Fit(rows, o => o.Sentence1ColumnName = "Txt"), "sentence1", "'Txt'", "'Text'");
        Says<ArgumentOutOfRangeException>(() => Fit(rows, o => o.Sentence2ColumnName = "Second"), "sentence2", "'Second'");
        Says<ArgumentOutOfRangeException>(() => Fit(rows, o => o.Sentence1ColumnName = "Weight"), "'Weight'", "Single", "text");
        Says<ArgumentOutOfRangeException>(() => Fit(rows, o => o.Sentence1ColumnName = "Numbers"), "'Numbers'", "Vector<Single");
        Says<ArgumentOutOfRangeException>(() => Fit(rows, o => o.LabelColumnName = "Intent"), "label", "'Intent'");
        Says<ArgumentOutOfRangeException>(() => Fit(rows, o => o.LabelColumnName = "Weight"), "label", "'Weight'", "MapValueToKey");
        Says<ArgumentOutOfRangeException>(() => Fit(rows, o => o.ExampleWeightColumnName = "Text"), "example weight", "'Text'", "Single");
        Says<ArgumentException>(() => Fit(rows, o => o.ScoreColumnName = "PredictedLabel"), "outputColumnName", "scoreColumnName");
        Says<ArgumentException>(() => Fit(rows, o => o.LabelColumnName = " "), "labelColumnName");

        // The same outside of a chain, where no shape is checked first, and when scoring.
        IDataView data = _ml.Data.LoadFromEnumerable(rows);
        Says<ArgumentOutOfRangeException>(() => FitKeyed(data), "label", "'Label'", "String", "MapValueToKey");
        ITransformer model = Fit(rows);
        IDataView other = _ml.Data.LoadFromEnumerable(new[] { new Intent() });
        Says<ArgumentOutOfRangeException>(() => TinyPipeline.Classifier(model).Transform(other), "'Text'");
    }

    [TestMethod]
    public void LongTextsAreCutCountedAndLogged()
    {
        Message[] rows = [.. Messages.Make(20), new Message { Label = "refund", Text = string.Join(' ', Enumerable.Repeat("money", 500)) }];
        ITransformer model = Fit(rows);
        Assert.IsTrue(_log.Any(l => l.Contains("1 of 21 rows of the training set are longer than 24 tokens and were cut", StringComparison.Ordinal)), string.Join('\n', _log));
        Assert.HasCount(21, TinyPipeline.Scores(_ml, model, rows));
        Assert.IsTrue(_log.Any(l => l.Contains("1 rows are longer than 24 tokens", StringComparison.Ordinal)), string.Join('\n', _log));
        Says<ArgumentException>(() => Fit(rows, o => o.MaxLength = 25), "MaxLength is 25", "24");
        Says<ArgumentException>(() => Fit(rows, o => o.MaxLength = 1), "MaxLength", "at least 8");
    }

    [TestMethod]
    public void EmptyTextsAreValid()
    {
        Message[] rows = [.. Messages.Make(20), new Message { Label = "refund", Text = "" }];
        Assert.HasCount(21, TinyPipeline.Scores(_ml, Fit(rows), rows));
    }

    [TestMethod]
    public void AMissingBaseFolder() =>
        Says<BaseModelException>(() => Fit(Messages.Make(9), o => o.BaseModel = BaseModel.FromDirectory("/no/such/folder")), "/no/such/folder", "does not exist");

    [TestMethod]
    public void ABaseWhoseFilesAreBroken()
    {
        using var broken = new TinyBase();
        string weights = Path.Combine(broken.Folder, "model.safetensors"), config = Path.Combine(broken.Folder, "config.json");
        byte[] good = File.ReadAllBytes(weights);
        void FitsNot(params string[] expected) => Says<LoraFormatException>(() => Fit(Messages.Make(9), o => o.BaseModel = broken.Model), expected);

        File.WriteAllBytes(weights, good[..(good.Length / 2)]);
        FitsNot("model.safetensors");
        File.WriteAllText(weights, "this is a text and nothing else, long enough to have a header");
        FitsNot("model.safetensors");
        SafetensorsWriter.WriteAtomic(weights, [SafetensorsItem.FromFloats("some.other.weight", [2], [1, 2])]);
        FitsNot("model.safetensors", "embeddings");
        File.WriteAllBytes(weights, good);
        string text = File.ReadAllText(config);
        File.WriteAllText(config, text.Replace("\"bert\"", "\"mamba\"", StringComparison.Ordinal));
        FitsNot("config.json", "mamba", "bert");
        File.WriteAllText(config, text);
        File.Delete(Path.Combine(broken.Folder, "vocab.txt"));
        FitsNot("vocab.txt");
    }

    [TestMethod]
    public void AdaptersThatDoNotFit()
    {
        Message[] rows = Messages.Make(9);
        Says<ArgumentException>(() => Fit(rows, o => o.Lora.TargetModules = ["query", "q_proj"]), "'q_proj'", "query", "value", "intermediate.dense");
        Says<ArgumentException>(() => Fit(rows, o => o.Lora.Rank = 0), "Rank is 0", "at least 1");
        Says<ArgumentException>(() => Fit(rows, o => o.Lora.Rank = 33), "Rank", "33", "32");
        Says<ArgumentException>(
            () => Fit(rows, o =>
            {
                o.Lora.Rank = -1;
                o.Training.LearningRate = 0;
                o.Training.MaxEpochs = 0;
            }),
            "Rank", "LearningRate", "MaxEpochs");
        Says<ArgumentException>(() => Fit(rows, o => o.Training.EarlyStoppingPatience = 2), "EarlyStoppingPatience", "ValidationSet", "ValidationFraction");
    }

    [TestMethod]
    public void ALossThatIsNotANumber() => Says<TrainingDivergedException>(
        () => Fit(Messages.Make(60), o =>
        {
            o.Training.LearningRate = 1e30;
            o.Training.MaxGradientNorm = 0;
            o.Training.MaxEpochs = 5;
        }),
        "step");

    [TestMethod]
    public void Weights()
    {
        Message[] Rows(float weight) => [.. Messages.Make(20).Select((m, i) => new Message { Label = m.Label, Text = m.Text, Weight = i == 6 ? weight : 1 })];
        void Refused(float weight, string shown) =>
            Says<ArgumentException>(() => Fit(Rows(weight), o => o.ExampleWeightColumnName = "Weight"), "Row 7", shown, "'Weight'");
        Refused(-1, "-1");
        Refused(float.NaN, "NaN");
        Refused(float.PositiveInfinity, "Infinity");
        Says<ArgumentException>(
            () => Fit(Messages.Make(20).Select(m => new Message { Label = m.Label, Text = m.Text, Weight = 0 }), o => o.ExampleWeightColumnName = "Weight"),
            "All weights", "'Weight'");
    }

    [TestMethod]
    public void AValidationSetThatDoesNotFit()
    {
        Message[] rows = Messages.Make(40);
        IDataView Own(IEnumerable<Message> messages)
        {
            IDataView view = _ml.Data.LoadFromEnumerable(messages);
            return _ml.Transforms.Conversion.MapValueToKey("Label").Fit(view).Transform(view);
        }

        Says<ArgumentException>(
            () => Fit(rows, o => o.ValidationSet = Own([.. Messages.Make(3), new Message { Label = "complaint", Text = "x" }])), "'complaint'", "Row 4");
        Says<ArgumentException>(() => Fit(rows, o => o.ValidationSet = Keyed((1u, "a"), (2u, "b"))), "missing in the validation set");
        Says<ArgumentOutOfRangeException>(() => Fit(rows, o => o.ValidationSet = _ml.Data.LoadFromEnumerable(rows)), "'Label'", "MapValueToKey");
        Says<ArgumentException>(
            () => Fit(rows, o =>
            {
                o.ValidationSet = Own(rows);
                o.Training.ValidationFraction = 0.1;
            }),
            "ValidationFraction", "ValidationSet");
    }

    [TestMethod]
    public void CancelledByAToken()
    {
        using var source = new CancellationTokenSource();
        int steps = 0;
        var progress = new Counter(() =>
        {
            if (++steps == 3)
                source.Cancel();
        });
        OperationCanceledException cancelled = Assert.Throws<OperationCanceledException>(() => Fit(Messages.Make(200), o =>
        {
            o.CancellationToken = source.Token;
            o.Progress = progress;
            o.Training.MaxEpochs = 1000;
        }));
        Assert.IsLessThanOrEqualTo(4, steps);
        Assert.AreEqual(source.Token, cancelled.CancellationToken);
    }

    [TestMethod]
    public void CancelledByMlNet()
    {
        // ML.NET's own way to cancel is not public; Model Builder and AutoML use it.
        MethodInfo cancel = typeof(MLContext).GetMethods(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
            .Single(m => m.Name.EndsWith("CancelExecution", StringComparison.Ordinal));
        int steps = 0;
        var progress = new Counter(() =>
        {
            if (++steps == 3)
                cancel.Invoke(_ml, null);
        });
        Assert.Throws<OperationCanceledException>(() => Fit(Messages.Make(200), o =>
        {
            o.Progress = progress;
            o.Training.MaxEpochs = 100_000;
        }));
    }

    private sealed class Counter(Action told) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => told();
    }

    [TestMethod]
    public void AGpuThatIsNotThere()
    {
        var ml = new MLContext(1) { GpuDeviceId = 77, FallbackToCpu = false };
        Says<InvalidOperationException>(() => TinyPipeline.Fit(ml, s_tiny, rows: 20, epochs: 1), "GpuDeviceId is 77", "FallbackToCpu");
        var tolerant = new MLContext(1) { GpuDeviceId = 77, FallbackToCpu = true };
        var log = new List<string>();
        tolerant.Log += (_, e) => log.Add(e.Message);
        TinyPipeline.Fit(tolerant, s_tiny, rows: 20, epochs: 1);
        Assert.IsTrue(log.Any(l => l.Contains("using the processor", StringComparison.Ordinal)), string.Join('\n', log));
    }

    [TestMethod]
    public void TheDataPackageIsMissing()
    {
        using var folder = new TemporaryFolder();
        string rows = folder.File("rows.tsv");
        File.WriteAllLines(rows, Messages.Make(20).Select(m => $"{m.Label}\t{m.Text}"));
        FreshProcessResult run = FreshProcess.Run("fit-default", rows);
        Assert.AreEqual(1, run.ExitCode, run.Output);
        Assert.Contains("BaseModelException", run.Error);
        Assert.Contains("dotnet add package Microsoft.ML.Lora.MiniEncoder", run.Error);
    }

    [TestMethod]
    public void TheNativeBackEndIsMissing()
    {
        using var folder = new TemporaryFolder();
        string rows = folder.File("rows.tsv");
        File.WriteAllLines(rows, Messages.Make(20).Select(m => $"{m.Label}\t{m.Text}"));
        string copy = FreshProcess.CopyWithout(folder.File("app"), IsNative);
        FreshProcessResult run = FreshProcess.RunIn(copy, "fit", s_tiny.Folder, rows, folder.File("model.zip"), "1");
        Assert.AreEqual(1, run.ExitCode, run.Output + run.Error);
        Assert.Contains("TorchSharp-cpu", run.Error);
        Assert.Contains("dotnet add package", run.Error);

        // The list of dependencies too: with it, the host itself would miss the files and not even start.
        static bool IsNative(string file) => file.EndsWith(".deps.json", StringComparison.Ordinal)
            || file.Contains("native", StringComparison.OrdinalIgnoreCase)
            || file.EndsWith(".so", StringComparison.Ordinal) || file.Contains(".so.", StringComparison.Ordinal);
    }
}
