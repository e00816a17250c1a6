using Microsoft.ML.Lora.Adapters;
using Microsoft.ML.Lora.Models;
using Microsoft.ML.Lora.Training;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Training;

/// <summary>When a training evaluates, what it keeps, and when it stops.</summary>
[TestClass]
public sealed class EvaluationTests
{
    [TestMethod]
    public void EveryFewStepsAndAtTheLastOne()
    {
        TrainingHistory history = Train(new TrainingOptions { MaxEpochs = 4, BatchSize = 16, EvaluateEverySteps = 3, LearningRate = 0.02 });
        CollectionAssert.AreEqual(new long[] { 3, 6, 9, 12, 15, 18, 20 }, history.Evaluations.Select(e => e.Steps).ToArray());
        CollectionAssert.AreEqual(new[] { 1, 2, 2, 3, 3, 4, 4 }, history.Evaluations.Select(e => e.Epoch).ToArray());
        CollectionAssert.AreEqual(new long[] { 5, 10, 15, 20 }, history.Epochs.Select(e => e.Steps).ToArray());
        CollectionAssert.AreEqual(new[] { false, false, true, true }, history.Epochs.Select(e => e.ValidationLoss is not null).ToArray());
        Assert.AreEqual(history.Evaluations[4].Loss, history.Epochs[2].ValidationLoss);
        Assert.IsFalse(history.StoppedEarly);
        ValidationResult best = history.Evaluations.OrderByDescending(e => e.Accuracy).ThenBy(e => e.Loss).First();
        Assert.AreEqual(best.Steps, history.BestStep);
        Assert.AreEqual(best.Epoch, history.BestEpoch);
    }

    [TestMethod]
    public void TheModelIsThatOfTheBestEvaluationAndTheHistorySurvivesTheFile()
    {
        using BertModel model = TinyTask.Model();
        using SequenceClassifier classifier = TinyTask.Classifier(model);
        TrainingSet validation = TinyTask.Rows(60, 2);
        var options = new TrainingOptions { MaxEpochs = 6, BatchSize = 16, EvaluateEverySteps = 2, LearningRate = 0.03, SelectionMetric = ModelSelectionMetric.Loss };
        TrainingHistory history = TinyTask.Train(classifier, TinyTask.Rows(80, 1), options, validation: validation).History;
        Assert.AreNotEqual(history.Epochs[^1].Steps, history.BestStep, "a rate so high that the last evaluation is not the best");
        ValidationResult best = history.Evaluations.Single(e => e.Steps == history.BestStep);
        Assert.AreEqual(history.Evaluations.Min(e => e.Loss), best.Loss);
        Assert.AreEqual(best.Loss, Evaluator.Evaluate(classifier, validation).Loss);
        TrainingHistory read = TrainingHistory.FromJson(history.ToJson());
        CollectionAssert.AreEqual(history.Evaluations.ToArray(), read.Evaluations.ToArray());
        Assert.AreEqual(history.BestStep, read.BestStep);
    }

    [TestMethod]
    [DataRow(ModelSelectionMetric.Accuracy, null)]
    [DataRow(ModelSelectionMetric.MacroF1, null)]
    [DataRow(ModelSelectionMetric.Loss, null)]
    [DataRow(ModelSelectionMetric.Accuracy, 3)]
    [DataRow(ModelSelectionMetric.MacroF1, 2)]
    [DataRow(ModelSelectionMetric.Loss, 2)]
    public void PatienceCountsEvaluationsWithoutABetterOne(ModelSelectionMetric metric, int? everySteps)
    {
        const int Patience = 3;
        TrainingHistory history = Train(new TrainingOptions
        {
            MaxEpochs = 60,
            BatchSize = 16,
            LearningRate = 0.04,
            EvaluateEverySteps = everySteps,
            SelectionMetric = metric,
            EarlyStoppingPatience = Patience,
        });
        Assert.IsTrue(history.StoppedEarly);
        (double, double) best = (double.NegativeInfinity, 0);
        (long bestStep, int waited) = (0, 0);
        foreach (ValidationResult e in history.Evaluations)
        {
            Assert.IsLessThan(Patience, waited, "it went on although the patience was over");
            (double, double) value = (metric switch { ModelSelectionMetric.Accuracy => e.Accuracy, ModelSelectionMetric.MacroF1 => e.MacroF1, _ => 0 }, -e.Loss);
            (best, bestStep, waited) = value.CompareTo(best) > 0 ? (value, e.Steps, 0) : (best, bestStep, waited + 1);
        }

        Assert.AreEqual(Patience, waited);
        Assert.AreEqual(bestStep, history.BestStep);
        Assert.AreEqual(history.Evaluations[^1].Steps, history.Epochs[^1].Steps);
    }

    [TestMethod]
    public void InterruptedAnywhereTheEvaluationsAreTheSame()
    {
        using var folder = new TemporaryFolder();
        TrainingOptions options = TinyTask.Checkpointed(null);
        options.MaxEpochs = 4;
        options.EvaluateEverySteps = 3;
        string expected = TinyTask.TrainAndHash(options);
        (options.CheckpointDirectory, options.CheckpointEverySteps) = (folder.FullPath, 1);
        foreach (long step in new long[] { 2, 3, 5, 6, 11, 15, 19 }) // 3, 6 and 15: cancelled before the evaluation that was due
        {
            using var source = new CancellationTokenSource();
            Assert.ThrowsExactly<OperationCanceledException>(() => TinyTask.TrainAndHash(options, new CancelAt(step, source), source.Token));
        }

        Assert.AreEqual(expected, TinyTask.TrainAndHash(options));
    }

    [TestMethod]
    public void ATrainingOutOfTimeIsEvaluatedAndSaysSo()
    {
        TrainingHistory history = Train(new TrainingOptions { MaxEpochs = 100, BatchSize = 16, MaxDuration = TimeSpan.FromTicks(1), EvaluateEverySteps = 50 });
        Assert.IsTrue(history.StoppedEarly);
        Assert.AreEqual(1, history.Epochs.Single().Steps);
        Assert.AreEqual(1, history.Evaluations.Single().Steps);
        Assert.AreEqual(1, history.BestStep);
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void CancellingReturnsTheBestWhereThatIsAskedFor(bool validate)
    {
        using var folder = new TemporaryFolder();
        TrainingSet validation = TinyTask.Rows(40, 2);
        TrainingOptions options = TinyTask.Checkpointed(null);
        options.ValidationFraction = 0;
        string expected = Run(out _, default, null);

        (options.CheckpointDirectory, options.CheckpointEverySteps) = (folder.FullPath, 1);
        options.OnCancel = CancelMode.ReturnBest;
        using var source = new CancellationTokenSource();
        string cancelled = Run(out TrainingHistory history, source.Token, new CancelAt(8, source));
        Assert.AreNotEqual(expected, cancelled);
        Assert.IsTrue(history.StoppedEarly);
        Assert.AreEqual(8, history.Epochs[^1].Steps);
        Assert.AreEqual(validate ? 6 : 8, history.BestStep); // an epoch has six steps; without evaluations the last step counts
        Assert.AreEqual(validate, history.Temperature != 1);

        // The checkpoint is there: the whole training can still be had.
        options.OnCancel = CancelMode.Throw;
        options.Resume = ResumeMode.Required;
        Assert.AreEqual(expected, Run(out _, default, null));

        string Run(out TrainingHistory history, CancellationToken token, IProgress<TrainingProgress>? progress)
        {
            using BertModel model = TinyTask.Model();
            using SequenceClassifier classifier = TinyTask.Classifier(model);
            TrainingHistory h = history = TinyTask.Train(classifier, TinyTask.Rows(96, 1), options, validation: validate ? validation : null, progress: progress, cancellationToken: token).History;
            if (h.BestStep < h.Epochs[^1].Steps)
                Assert.AreEqual(h.Evaluations.Single(e => e.Steps == h.BestStep).Loss, Evaluator.Evaluate(classifier, validation).Loss);
            return TinyTask.Hash(classifier);
        }
    }

    [TestMethod]
    public void CancellingBeforeTheFirstStepThrowsEvenThen()
    {
        using BertModel model = TinyTask.Model();
        using SequenceClassifier classifier = TinyTask.Classifier(model);
        using var source = new CancellationTokenSource();
        source.Cancel();
        Assert.ThrowsExactly<OperationCanceledException>(() => TinyTask.Train(
            classifier, TinyTask.Rows(40, 1), new TrainingOptions { OnCancel = CancelMode.ReturnBest }, cancellationToken: source.Token));
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void ALastStepThatRuinsTheModelIsAnErrorToo(bool validate)
    {
        using BertModel model = TinyTask.Model();
        using SequenceClassifier classifier = TinyTask.Classifier(model);
        var options = new TrainingOptions { LearningRate = 1e300, WarmupRatio = 0, MaxEpochs = 1, BatchSize = 40 };
        TrainingDivergedException e = Assert.ThrowsExactly<TrainingDivergedException>(
            () => TinyTask.Train(classifier, TinyTask.Rows(40, 1), options, validation: validate ? TinyTask.Rows(20, 2) : null));
        Assert.AreEqual(1, e.Step);
        Assert.HasCount(40, e.Rows);
        StringAssert.Contains(e.Message, validate ? "the validation loss is not a finite number" : "the last step made parameters that are not finite numbers");
    }

    [TestMethod]
    public void ABatchMayBeLargerThanAllRows()
    {
        string expected = TinyTask.TrainAndHash(new TrainingOptions { BatchSize = 96, MaxEpochs = 2 });
        foreach (BatchComposition composition in Enum.GetValues<BatchComposition>())
        {
            foreach (int size in new[] { 97, int.MaxValue - 50, int.MaxValue })
                Assert.AreEqual(expected, TinyTask.TrainAndHash(new TrainingOptions { BatchSize = size, MaxEpochs = 2, BatchComposition = composition }), $"{size}, {composition}");
        }
    }

    [TestMethod]
    public void ValidationRowsThatTellNothingAreSaid()
    {
        using BertModel model = TinyTask.Model();
        using SequenceClassifier classifier = TinyTask.Classifier(model);
        var warnings = new List<string>();
        var atLimit = new List<bool>();
        for (int label = 0; label < TinyTask.Classes; label++)
        {
            warnings.Clear();
            TrainingHistory history = Run(One(label, weight: 1));
            atLimit.Add(history.Temperature is 0.01 or 100);
            StringAssert.Contains(warnings[0], "WarmupSteps is 1,000, and the whole training has 3 steps");
            Assert.HasCount(atLimit[^1] ? 2 : 1, warnings);
            if (atLimit[^1])
                StringAssert.Contains(warnings[1], "The 1 validation rows do not tell a temperature");
        }

        Assert.Contains(true, atLimit, "The class that the model predicts is right in all rows.");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Run(One(0, weight: 0))).Message, "All 1 validation rows have weight 0");

        static TrainingSet One(int label, float weight)
        {
            var set = new TrainingSet(TinyTask.Classes);
            set.Add([1, 5, 6, 7], [], label, weight);
            return set;
        }

        TrainingHistory Run(TrainingSet validation) => Trainer.Run(
            classifier, TinyTask.Rows(40, 1), validation, new TrainingOptions { BatchSize = 16, MaxEpochs = 1, WarmupSteps = 1000 }, 1, null, _ => { }, warnings.Add, default).History;
    }

    private static TrainingHistory Train(TrainingOptions options)
    {
        using BertModel model = TinyTask.Model();
        using SequenceClassifier classifier = TinyTask.Classifier(model);
        return TinyTask.Train(classifier, TinyTask.Rows(80, 1), options, validation: TinyTask.Rows(60, 2)).History;
    }
}
