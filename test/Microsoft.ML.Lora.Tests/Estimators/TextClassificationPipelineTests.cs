using Microsoft.ML.Data;
using Microsoft.ML.Lora.Checkpoints;
using Microsoft.ML.Lora.Estimators;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using TorchSharp;

namespace Microsoft.ML.Lora.Tests.Estimators;

/// <summary>The whole way from rows to predictions, through ML.NET's own doors.</summary>
[TestClass]
public sealed class TextClassificationPipelineTests
{
    private static TinyBase s_tiny = null!;
    private static MLContext s_ml = null!;
    private static ITransformer s_model = null!;

    [ClassInitialize]
    public static void Train(TestContext _)
    {
        s_tiny = new TinyBase();
        s_ml = new MLContext(1);
        s_model = TinyPipeline.Fit(s_ml, s_tiny);
    }

    [ClassCleanup]
    public static void CleanUp()
    {
        (s_model as IDisposable)?.Dispose();
        s_tiny.Dispose();
    }

    [TestMethod]
    public void ItLearns()
    {
        IDataView test = s_ml.Data.LoadFromEnumerable(Messages.Make(200, seed: 2));
        MulticlassClassificationMetrics metrics = s_ml.MulticlassClassification.Evaluate(s_model.Transform(test), topKPredictionCount: 2);
        Assert.IsGreaterThan(0.9, metrics.MicroAccuracy);
        Assert.IsLessThan(0.5, metrics.LogLoss);
        Assert.IsGreaterThanOrEqualTo(metrics.MicroAccuracy, metrics.TopKAccuracy);
        Assert.AreEqual(3, metrics.ConfusionMatrix.NumberOfClasses);
    }

    [TestMethod]
    public void TheAdapterDoesTheWork()
    {
        // The same head on the same base, with B = 0: what the head alone would be worth without what the adapter learned.
        ClassifierState state = TinyPipeline.Classifier(s_model).State;
        byte[] zeroed = [.. state.AdapterWeights];
        using (SafetensorsFile file = SafetensorsFile.FromMemory(state.AdapterWeights, "adapter"))
        {
            foreach (SafetensorsEntry entry in file.Entries.Where(e => e.Name.EndsWith("lora_B.weight", StringComparison.Ordinal)))
                zeroed.AsSpan((int)(file.DataOffset + entry.Offset), (int)entry.Length).Clear();
        }

        var without = new LoraTextClassificationTransformer(s_ml, new ClassifierState
        {
            Settings = state.Settings,
            Labels = state.Labels,
            AdapterConfig = state.AdapterConfig,
            AdapterWeights = zeroed,
            Tokenizer = state.Tokenizer,
            Pooling = state.Pooling,
            Temperature = state.Temperature,
            History = state.History,
            Base = state.Base,
        }, s_tiny.Model);
        IDataView test = s_ml.Data.LoadFromEnumerable(Messages.Make(200, seed: 2));
        IDataView keyed = ((IEnumerable<ITransformer>)s_model).First().Transform(test);
        double Accuracy(LoraTextClassificationTransformer model) => s_ml.MulticlassClassification.Evaluate(model.Transform(keyed)).MicroAccuracy;
        double with = Accuracy(TinyPipeline.Classifier(s_model)), bare = Accuracy(without);
        Assert.IsLessThan(with - 0.03, bare, $"With the adapter {with}, without {bare}.");
        without.Dispose();
    }

    [TestMethod]
    public void ScoresAreProbabilities()
    {
        foreach (float[] scores in TinyPipeline.Scores(s_ml, s_model, Messages.Make(50, seed: 3)))
        {
            Assert.HasCount(3, scores);
            Assert.AreEqual(1.0, scores.Sum(s => (double)s), 1e-6);
            Assert.IsTrue(scores.All(s => s is >= 0 and <= 1));
        }
    }

    [TestMethod]
    public void OutputColumnsAreAnnotatedAsMlNetsOwn()
    {
        IDataView scored = s_model.Transform(s_ml.Data.LoadFromEnumerable(Messages.Make(3)));
        DataViewSchema.Column predicted = scored.Schema.First(c => c.Name == "PredictedLabel");
        DataViewSchema.Column score = scored.Schema["Score"];
        Assert.AreEqual("Key<UInt32, 0-2>", predicted.Type.ToString());
        Assert.AreEqual("Vector<Single, 3>", score.Type.ToString());
        Assert.IsLessThan(score.Index, predicted.Index);
        Assert.AreEqual("String", scored.Schema["PredictedLabel"].Type.ToString(), "MapKeyToValue found the key values.");

        string[] expected = [.. Messages.Make(120).Select(m => m.Label).Distinct()];
        VBuffer<ReadOnlyMemory<char>> names = default;
        score.GetSlotNames(ref names);
        CollectionAssert.AreEqual(expected, names.DenseValues().Select(v => v.ToString()).ToArray());
        predicted.GetKeyValues(ref names);
        CollectionAssert.AreEqual(expected, names.DenseValues().Select(v => v.ToString()).ToArray());
        CollectionAssert.AreEquivalent(
            new[] { "ScoreColumnSetId", "ScoreColumnKind", "ScoreValueKind", "SlotNames", "TrainingLabelValues" },
            score.Annotations.Schema.Select(c => c.Name).ToArray());
        ReadOnlyMemory<char> kind = default;
        score.Annotations.GetValue("ScoreColumnKind", ref kind);
        Assert.AreEqual("MulticlassClassification", kind.ToString());
    }

    [TestMethod]
    public void ThePromisedShapeIsWhatComes()
    {
        IDataView data = s_ml.Data.LoadFromEnumerable(Messages.Make(3));
        IDataView keyed = s_ml.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data);
        LoraTextClassificationTrainer trainer = s_ml.MulticlassClassification.Trainers.LoraTextClassification(TinyPipeline.Options(s_tiny));
        var seen = new ShapeCatcher(trainer);
        var chain = s_ml.Transforms.Conversion.MapValueToKey("Label").Append(seen);
        ITransformer fitted = chain.Fit(s_ml.Data.LoadFromEnumerable(Messages.Make(40)));
        DataViewSchema real = fitted.GetOutputSchema(data.Schema);
        foreach (SchemaShape.Column promised in seen.Shape!)
        {
            DataViewSchema.Column column = real[promised.Name];
            Assert.AreEqual(promised.IsKey, column.Type is KeyDataViewType, promised.Name);
            Assert.AreEqual(promised.Kind == SchemaShape.Column.VectorKind.Vector, column.Type is VectorDataViewType { IsKnownSize: true }, promised.Name);
            foreach (SchemaShape.Column annotation in promised.Annotations)
                Assert.IsNotNull(column.Annotations.Schema.GetColumnOrNull(annotation.Name), $"{promised.Name}: {annotation.Name}");
        }

        CollectionAssert.IsSubsetOf(new[] { "Score", "PredictedLabel" }, seen.Shape.Select(c => c.Name).ToArray());
        CollectionAssert.AreEquivalent(
            new[] { "SlotNames", "TrainingLabelValues", "ScoreColumnSetId", "ScoreColumnKind", "ScoreValueKind" },
            seen.Shape.Single(c => c.Name == "Score").Annotations.Select(a => a.Name).ToArray());
        Assert.IsNotNull(keyed);
    }

    /// <summary>Passes everything on and keeps the shape that the trainer promised.</summary>
    private sealed class ShapeCatcher(LoraTextClassificationTrainer trainer) : IEstimator<LoraTextClassificationTransformer>
    {
        public SchemaShape? Shape { get; private set; }

        public LoraTextClassificationTransformer Fit(IDataView input) => trainer.Fit(input);

        public SchemaShape GetOutputSchema(SchemaShape inputSchema) => Shape = trainer.GetOutputSchema(inputSchema);
    }

    [TestMethod]
    public void ThePredictionEngineAgreesWithTheBatch()
    {
        Message[] messages = Messages.Make(30, seed: 4);
        float[][] batch = TinyPipeline.Scores(s_ml, s_model, messages);
        string[] labels = [.. s_model.Transform(s_ml.Data.LoadFromEnumerable(messages)).GetColumn<string>("PredictedLabel")];
        using PredictionEngine<Message, Intent> engine =
            s_ml.Model.CreatePredictionEngine<Message, Intent>(s_model, new PredictionEngineOptions { OwnsTransformer = false });
        for (int i = 0; i < messages.Length; i++)
        {
            Intent intent = engine.Predict(messages[i]);
            Assert.AreEqual(labels[i], intent.PredictedLabel);
            for (int c = 0; c < 3; c++)
                Assert.AreEqual(batch[i][c], intent.Score[c], ScoringTolerances.Batch);
        }
    }

    [TestMethod]
    public void AClassifierSurvivesTheEngineThatDisposesIt()
    {
        using (PredictionEngine<Message, Intent> engine = s_ml.Model.CreatePredictionEngine<Message, Intent>(s_model))
            engine.Predict(new Message { Text = "my parcel is late" });
        using PredictionEngine<Message, Intent> second = s_ml.Model.CreatePredictionEngine<Message, Intent>(s_model);
        Assert.AreEqual("delivery", second.Predict(new Message { Text = "where is my parcel" }).PredictedLabel);
        LoraTextClassificationTransformer classifier = TinyPipeline.Classifier(s_model);
        classifier.Dispose();
        classifier.Dispose();
    }

    [TestMethod]
    public void ScoresDoNotDependOnTheBatch()
    {
        Message[] messages = Messages.Make(300, seed: 5);
        float[][] together = TinyPipeline.Scores(s_ml, s_model, messages);
        for (int i = 0; i < messages.Length; i += 29)
        {
            float[] alone = TinyPipeline.Scores(s_ml, s_model, [messages[i]])[0];
            for (int c = 0; c < 3; c++)
                Assert.AreEqual(together[i][c], alone[c], ScoringTolerances.Batch);
        }
    }

    [TestMethod]
    public void DeterministicScoresAreTheSameToTheLastBit()
    {
        ITransformer model = TinyPipeline.Fit(s_ml, s_tiny, rows: 40, epochs: 1, change: o => o.Deterministic = true);
        Message[] messages = Messages.Make(60, seed: 6);
        float[][] together = TinyPipeline.Scores(s_ml, model, messages);
        for (int i = 0; i < messages.Length; i++)
            CollectionAssert.AreEqual(together[i], TinyPipeline.Scores(s_ml, model, [messages[i]])[0]);
        TinyPipeline.Classifier(model).Dispose();
    }

    [TestMethod]
    public void MergedAndUnmergedScoresAgree()
    {
        Message[] messages = Messages.Make(60, seed: 7);
        float[][] merged = TinyPipeline.Scores(s_ml, TinyPipeline.Fit(s_ml, s_tiny, change: o => o.Merge = MergeMode.Always), messages);
        float[][] apart = TinyPipeline.Scores(s_ml, TinyPipeline.Fit(s_ml, s_tiny, change: o => o.Merge = MergeMode.Never), messages);
        for (int i = 0; i < messages.Length; i++)
        {
            for (int c = 0; c < 3; c++)
                Assert.AreEqual(apart[i][c], merged[i][c], ScoringTolerances.Merging);
        }
    }

    [TestMethod]
    public void TheSameSeedGivesTheSameModel()
    {
        Message[] messages = Messages.Make(20, seed: 8);
        float[][] first = TinyPipeline.Scores(s_ml, s_model, messages);
        float[][] again = TinyPipeline.Scores(s_ml, TinyPipeline.Fit(new MLContext(1), s_tiny), messages);
        float[][] other = TinyPipeline.Scores(s_ml, TinyPipeline.Fit(new MLContext(2), s_tiny), messages);
        for (int i = 0; i < messages.Length; i++)
            CollectionAssert.AreEqual(first[i], again[i]);
        Assert.IsTrue(first.Zip(other).Any(pair => !pair.First.SequenceEqual(pair.Second)), "Another seed gave the same model.");
    }

    [TestMethod]
    public void TheCallersGradModeDoesNotMatter()
    {
        Message[] messages = Messages.Make(10, seed: 8);
        float[][] expected = TinyPipeline.Scores(s_ml, TinyPipeline.Fit(new MLContext(1), s_tiny, rows: 40, epochs: 1), messages);
        ITransformer model;
        using (torch.no_grad())
        using (torch.NewDisposeScope())
            model = TinyPipeline.Fit(new MLContext(1), s_tiny, rows: 40, epochs: 1);
        float[][] actual = TinyPipeline.Scores(s_ml, model, messages);
        for (int i = 0; i < messages.Length; i++)
            CollectionAssert.AreEqual(expected[i], actual[i]);
    }

    [TestMethod]
    public void AFrozenBaseHasAHeadOnly()
    {
        ITransformer model = TinyPipeline.Fit(s_ml, s_tiny, change: o => o.Lora = LoraOptions.None);
        Assert.AreEqual(3 * 32 + 3, TinyPipeline.Classifier(model).TrainableParameters);
        Message[] messages = Messages.Make(10, seed: 8);
        float[][] expected = TinyPipeline.Scores(s_ml, model, messages);
        using var stream = new MemoryStream();
        s_ml.Model.Save(model, null, stream);
        stream.Position = 0;
        float[][] loaded = TinyPipeline.Scores(s_ml, s_ml.Model.Load(stream, out _), messages);
        for (int i = 0; i < messages.Length; i++)
            CollectionAssert.AreEqual(expected[i], loaded[i]);
    }

    [TestMethod]
    public void CrossValidateWorks()
    {
        IDataView data = s_ml.Data.LoadFromEnumerable(Messages.Make(150));
        var results = s_ml.MulticlassClassification.CrossValidate(data, TinyPipeline.Create(s_ml, TinyPipeline.Options(s_tiny)), numberOfFolds: 3);
        Assert.HasCount(3, results);
        foreach (var result in results)
            Assert.IsGreaterThan(0.8, result.Metrics.MicroAccuracy, $"Fold {result.Fold}");
    }

    [TestMethod]
    public void LabelsMayBeNumbersOrBooleans()
    {
        IDataView Rows<T>(Func<Message, T> label) => s_ml.Data.LoadFromEnumerable(
            Messages.Make(60).Select(m => new Labelled<T> { Label = label(m), Text = m.Text }));
        Predicts(Rows(m => m.Label.Length), new[] { 6, 8 }, "Int32");
        Predicts(Rows(m => m.Label == "refund"), new[] { false, true }, "Boolean");
        Predicts(Rows(m => m.Label.Length / 4f), new[] { 1.5f, 2f }, "Single");

        void Predicts<T>(IDataView data, T[] expected, string type)
        {
            ITransformer model = TinyPipeline.Create(s_ml, TinyPipeline.Options(s_tiny, epochs: 2)).Fit(data);
            IDataView scored = model.Transform(data);
            Assert.AreEqual(type, scored.Schema["PredictedLabel"].Type.ToString());
            T[] predicted = [.. scored.GetColumn<T>("PredictedLabel")];
            Assert.IsTrue(predicted.All(expected.Contains));
            Assert.IsNull(scored.Schema["Score"].Annotations.Schema.GetColumnOrNull("SlotNames"), "Only texts name the slots.");
            Assert.IsNotNull(scored.Schema["Score"].Annotations.Schema.GetColumnOrNull("TrainingLabelValues"));
        }
    }

    private sealed class Labelled<T>
    {
        public T Label { get; set; } = default!;

        public string Text { get; set; } = "";
    }

    [TestMethod]
    public void PairsOfTextsAreClassified()
    {
        // The label is in the second text only.
        Message[] messages = [.. Messages.Make(120).Select(m => new Message { Label = m.Label, Text = "hello", Pair = m.Text })];
        ITransformer model = TinyPipeline.Create(s_ml, Change(TinyPipeline.Options(s_tiny))).Fit(s_ml.Data.LoadFromEnumerable(messages));
        MulticlassClassificationMetrics metrics = s_ml.MulticlassClassification.Evaluate(model.Transform(s_ml.Data.LoadFromEnumerable(messages)));
        Assert.IsGreaterThan(0.9, metrics.MicroAccuracy);

        static LoraTextClassificationTrainer.Options Change(LoraTextClassificationTrainer.Options options)
        {
            options.Sentence2ColumnName = "Pair";
            return options;
        }
    }

    [TestMethod]
    public void AValidationSetWithOtherKeysIsMatchedByValue()
    {
        Message[] train = Messages.Make(120);
        Message[] validation = [.. Messages.Make(40, seed: 9).OrderByDescending(m => m.Label)];
        var keys = s_ml.Transforms.Conversion.MapValueToKey("Label");
        IDataView trainView = s_ml.Data.LoadFromEnumerable(train), validationView = s_ml.Data.LoadFromEnumerable(validation);
        IDataView own = keys.Fit(validationView).Transform(validationView);
        IDataView same = keys.Fit(trainView).Transform(validationView);
        TrainingHistory History(IDataView set)
        {
            LoraTextClassificationTrainer.Options options = TinyPipeline.Options(s_tiny, epochs: 3);
            options.ValidationSet = set;
            return s_ml.MulticlassClassification.Trainers.LoraTextClassification(options).Fit(keys.Fit(trainView).Transform(trainView)).History;
        }

        TrainingHistory otherKeys = History(own), sameKeys = History(same);
        Assert.AreEqual(40, sameKeys.ValidationRows);
        CollectionAssert.AreEqual(
            sameKeys.Epochs.Select(e => e.ValidationAccuracy).ToArray(), otherKeys.Epochs.Select(e => e.ValidationAccuracy).ToArray());
        Assert.AreNotEqual(1.0, sameKeys.Temperature, "With validation rows the scores are calibrated.");
    }

    [TestMethod]
    public void WeightsCount()
    {
        // Half of the rows carry a wrong label and weigh nothing: as if they were not there.
        Message[] rows = [.. Messages.Make(240).Select((m, i) => i % 2 == 0 ? m : new Message { Text = m.Text, Label = "refund", Weight = 0 })];
        LoraTextClassificationTrainer.Options options = TinyPipeline.Options(s_tiny);
        options.ExampleWeightColumnName = "Weight";
        ITransformer model = TinyPipeline.Create(s_ml, options).Fit(s_ml.Data.LoadFromEnumerable(rows));
        MulticlassClassificationMetrics metrics =
            s_ml.MulticlassClassification.Evaluate(model.Transform(s_ml.Data.LoadFromEnumerable(Messages.Make(100, seed: 10))));
        Assert.IsGreaterThan(0.85, metrics.MicroAccuracy);
    }

    [TestMethod]
    public void FreshColumnsAreReadFromAnyKeyType()
    {
        Message[] messages = Messages.Make(60);
        string[] labels = [.. messages.Select(m => m.Label).Distinct()];
        var schema = SchemaDefinition.Create(typeof(BytesAndText));
        schema["Label"].ColumnType = new KeyDataViewType(typeof(byte), 5);
        IDataView data = s_ml.Data.LoadFromEnumerable(
            messages.Select(m => new BytesAndText { Label = (byte)Array.IndexOf(labels, m.Label), Text = m.Text }), schema);
        LoraTextClassificationTransformer model =
            s_ml.MulticlassClassification.Trainers.LoraTextClassification(TinyPipeline.Options(s_tiny, epochs: 2)).Fit(data);
        Assert.AreEqual(5, model.ClassCount, "As many classes as the key type has, whatever was seen.");
        Assert.HasCount(5, model.Transform(data).GetColumn<float[]>("Score").First());
    }

    private sealed class BytesAndText
    {
        public byte Label { get; set; }

        public string Text { get; set; } = "";
    }

    [TestMethod]
    public void ProgressIsTold()
    {
        var reports = new List<TrainingProgress>();
        TinyPipeline.Fit(s_ml, s_tiny, rows: 40, epochs: 2, change: o => o.Progress = new Collector(reports));
        Assert.IsNotEmpty(reports);
        Assert.AreEqual(2, reports[^1].Epoch);
        Assert.AreEqual(reports[^1].TotalSteps, reports[^1].Step);
        Assert.IsGreaterThan(0, reports[^1].RowsPerSecond);
    }

    private sealed class Collector(List<TrainingProgress> reports) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => reports.Add(value);
    }

    [TestMethod]
    public void TheLogTellsWhatIsTrained()
    {
        var ml = new MLContext(1);
        var lines = new List<string>();
        ml.Log += (_, e) => lines.Add(e.Message);
        ITransformer model = TinyPipeline.Fit(ml, s_tiny, rows: 40, epochs: 1, change: o => o.Training.ValidationFraction = 0.25);
        TrainingHistory history = TinyPipeline.Classifier(model).History;
        string calibration = FormattableString.Invariant(
            $"temperature {history.Temperature:F3}, expected calibration error {100 * history.CalibrationErrorBefore:F2} % before and {100 * history.CalibrationErrorAfter:F2} % after");
        Assert.IsTrue(lines.Any(l => l.Contains(calibration, StringComparison.Ordinal)), string.Join('\n', lines));
        Assert.IsTrue(lines.Any(l => l.Contains("trainable params: ", StringComparison.Ordinal) && l.Contains("trainable%: ", StringComparison.Ordinal)), string.Join('\n', lines));
    }
}
