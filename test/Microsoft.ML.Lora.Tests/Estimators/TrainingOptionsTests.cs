using System.Reflection;
using System.Security.Cryptography;
using Microsoft.ML.Lora.Training;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Estimators;

/// <summary>No option is ignored: each one changes what a training gives, or is promised not to.</summary>
[TestClass]
public sealed class TrainingOptionsTests
{
    private static readonly Action<TrainingOptions> s_plain = _ => { };

    private static readonly Action<TrainingOptions> s_validating = o => o.ValidationFraction = 0.25;

    private static readonly Action<TrainingOptions> s_momentum = o => (o.Optimizer, o.Momentum) = (OptimizerKind.Sgd, 0.5);

    /// <summary>Options that change the model or its history, with what they need.</summary>
    private static readonly (string Option, Action<TrainingOptions> Given, Action<TrainingOptions> Change)[] s_telling =
    [
        (nameof(TrainingOptions.BatchSize), s_plain, o => o.BatchSize = 8),
        (nameof(TrainingOptions.MaxEpochs), s_plain, o => o.MaxEpochs = 3),
        (nameof(TrainingOptions.BatchComposition), s_plain, o => o.BatchComposition = BatchComposition.LikeLength),
        (nameof(TrainingOptions.BalanceSampling), s_plain, o => o.BalanceSampling = true),
        (nameof(TrainingOptions.LearningRate), s_plain, o => o.LearningRate = 2e-2),
        (nameof(TrainingOptions.HeadLearningRate), s_plain, o => o.HeadLearningRate = 2e-2),
        (nameof(TrainingOptions.LoraPlusRatio), s_plain, o => o.LoraPlusRatio = 16),
        (nameof(TrainingOptions.Schedule), s_plain, o => o.Schedule = LearningRateSchedule.Cosine),
        (nameof(TrainingOptions.WarmupRatio), s_plain, o => o.WarmupRatio = 0.5),
        (nameof(TrainingOptions.WarmupSteps), s_plain, o => o.WarmupSteps = 3),
        (nameof(TrainingOptions.ScheduleCycles), Schedule(LearningRateSchedule.Cosine), o => o.ScheduleCycles = 1),
        (nameof(TrainingOptions.SchedulePower), Schedule(LearningRateSchedule.Polynomial), o => o.SchedulePower = 2),
        (nameof(TrainingOptions.MinimumLearningRate), Schedule(LearningRateSchedule.CosineWithMinimum), o => o.MinimumLearningRate = 1e-3),
        (nameof(TrainingOptions.DecayRatio), Schedule(LearningRateSchedule.WarmupStableDecay), o => o.DecayRatio = 0.6),
        (nameof(TrainingOptions.WarmupShape), Schedule(LearningRateSchedule.WarmupStableDecay), o => o.WarmupShape = LearningRateRamp.Cosine),
        (nameof(TrainingOptions.DecayShape), o => (o.Schedule, o.DecayRatio) = (LearningRateSchedule.WarmupStableDecay, 0.6), o => o.DecayShape = LearningRateRamp.OneMinusSquareRoot),
        (nameof(TrainingOptions.WarmupStartRatio), Schedule(LearningRateSchedule.CosineWarmupWithMinimum), o => o.WarmupStartRatio = 0.1),
        (nameof(TrainingOptions.ScheduleTimeScale), Schedule(LearningRateSchedule.InverseSquareRoot), o => o.ScheduleTimeScale = 2),
        (nameof(TrainingOptions.Optimizer), s_plain, o => o.Optimizer = OptimizerKind.Adam),
        (nameof(TrainingOptions.WeightDecay), s_plain, o => o.WeightDecay = 0.5),
        (nameof(TrainingOptions.AmsGrad), o => o.Beta2 = 0.5, o => o.AmsGrad = true),
        (nameof(TrainingOptions.Momentum), o => o.Optimizer = OptimizerKind.Sgd, o => o.Momentum = 0.9),
        (nameof(TrainingOptions.Dampening), s_momentum, o => o.Dampening = 0.5),
        (nameof(TrainingOptions.Nesterov), s_momentum, o => o.Nesterov = true),
        (nameof(TrainingOptions.Beta1), s_plain, o => o.Beta1 = 0.5),
        (nameof(TrainingOptions.Beta2), s_plain, o => o.Beta2 = 0.9),
        (nameof(TrainingOptions.Epsilon), s_plain, o => o.Epsilon = 1e-3),
        (nameof(TrainingOptions.MaxGradientNorm), s_plain, o => o.MaxGradientNorm = 1e-3),
        (nameof(TrainingOptions.LabelSmoothing), s_plain, o => o.LabelSmoothing = 0.2),
        (nameof(TrainingOptions.FocalGamma), s_plain, o => o.FocalGamma = 2),
        (nameof(TrainingOptions.ClassWeights), s_plain, o => o.ClassWeights = [1, 2, 3]),
        (nameof(TrainingOptions.BalanceClasses), s_plain, o => o.BalanceClasses = true),
        (nameof(TrainingOptions.HeadDropout), s_plain, o => o.HeadDropout = 0.5),
        (nameof(TrainingOptions.EmbeddingNoise), s_plain, o => o.EmbeddingNoise = 5),
        (nameof(TrainingOptions.ValidationFraction), s_plain, s_validating),
        (nameof(TrainingOptions.EvaluateEverySteps), s_validating, o => o.EvaluateEverySteps = 2),
        (nameof(TrainingOptions.Calibrate), s_validating, o => o.Calibrate = false),
        (nameof(TrainingOptions.ComputeType), s_plain, o => o.ComputeType = ComputeType.BFloat16),
        (nameof(TrainingOptions.MaxDuration), s_plain, o => o.MaxDuration = TimeSpan.FromTicks(1)),
    ];

    /// <summary>Options that must not change a bit.</summary>
    private static readonly (string Option, Action<TrainingOptions, string> Change)[] s_silent =
    [
        (nameof(TrainingOptions.RecomputeActivations), (o, _) => o.RecomputeActivations = true),
        (nameof(TrainingOptions.ThreadCount), (o, _) => o.ThreadCount = TorchSharp.torch.get_num_threads()),
        (nameof(TrainingOptions.CheckpointDirectory), (o, folder) => o.CheckpointDirectory = folder),
        (nameof(TrainingOptions.CheckpointEverySteps), (o, folder) => (o.CheckpointDirectory, o.CheckpointEverySteps) = (folder, 1)),
        (nameof(TrainingOptions.CheckpointInterval), (o, folder) => (o.CheckpointDirectory, o.CheckpointInterval) = (folder, TimeSpan.FromTicks(1))),
        (nameof(TrainingOptions.TokenCacheThreshold), (o, _) => o.TokenCacheThreshold = 0),
        (nameof(TrainingOptions.TokenCacheDirectory), (o, folder) => (o.TokenCacheThreshold, o.TokenCacheDirectory) = (0, folder)),
    ];

    /// <summary>Options whose tests stand where they need more than a training: rounding, several evaluations, cancelling, resuming.</summary>
    private static readonly string[] s_elsewhere =
    [
        nameof(TrainingOptions.MaxTokensPerBatch), nameof(TrainingOptions.SelectionMetric), nameof(TrainingOptions.EarlyStoppingPatience),
        nameof(TrainingOptions.OnCancel), nameof(TrainingOptions.Resume), nameof(TrainingOptions.ResumeInOtherEnvironment),
        nameof(TrainingOptions.StartFrom),
    ];

    [TestMethod]
    public void EveryOptionTakesEffectOrIsPromisedNotTo()
    {
        using var tiny = new TinyBase();
        using var folder = new TemporaryFolder();
        var withouts = new Dictionary<Action<TrainingOptions>, string>();
        foreach ((string option, Action<TrainingOptions> given, Action<TrainingOptions> change) in s_telling)
        {
            if (!withouts.TryGetValue(given, out string? without))
                withouts.Add(given, without = Train(tiny, given));
            Assert.AreNotEqual(without, Train(tiny, given + change), $"{option} changes nothing.");
        }

        foreach ((string option, Action<TrainingOptions, string> change) in s_silent)
            Assert.AreEqual(withouts[s_plain], Train(tiny, o => change(o, folder.FullPath)), $"{option} changes the result.");
        CollectionAssert.AreEquivalent(
            typeof(TrainingOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(p => p.Name).ToArray(),
            s_telling.Select(t => t.Option).Concat(s_silent.Select(s => s.Option)).Concat(s_elsewhere).ToArray(),
            "an option without a test");
    }

    [TestMethod]
    public void ClassesAreBalancedByTheirRows()
    {
        var set = new TrainingSet(3); // the last class has no row
        for (int i = 0; i < 8; i++)
            set.Add([1, 2], [], i < 2 ? 0 : 1);
        var warnings = new List<string>();
        ClassificationLoss loss = TrainingInput.CreateLoss(new TrainingOptions { BalanceClasses = true }, set, warnings.Add);
        Assert.AreEqual(8 / (3.0 * 2), loss.DivisorOf(0, 1), 1e-15);
        Assert.AreEqual(8 / (3.0 * 6), loss.DivisorOf(1, 1), 1e-15);
        StringAssert.Contains(warnings.Single(), "1 of 3 classes have no training row");
    }

    private static Action<TrainingOptions> Schedule(LearningRateSchedule schedule) => o => (o.Schedule, o.WarmupSteps) = (schedule, 3);

    private static string Train(TinyBase tiny, Action<TrainingOptions> change)
    {
        LoraTextClassificationTransformer classifier = TinyPipeline.Classifier(
            TinyPipeline.Fit(new MLContext(1), tiny, rows: 48, epochs: 2, options => change(options.Training)));
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(classifier.State.AdapterWeights);
        hash.AppendData(classifier.History.ToJson());
        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
