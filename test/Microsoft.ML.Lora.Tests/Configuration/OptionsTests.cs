using Microsoft.ML.Lora.Configuration;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Configuration;

[TestClass]
public sealed class OptionsTests
{
    [TestMethod]
    public void DefaultsAreValid()
    {
        var problems = new OptionProblems();
        new LoraOptions().Validate(problems);
        LoraOptions.None.Validate(problems);
        new TrainingOptions().Validate(problems);
        problems.ThrowIfAny("options");
        Assert.AreEqual(0, problems.Count);
    }

    [TestMethod]
    public void EveryProblemIsReportedAtOnceWithItsValue()
    {
        var problems = new OptionProblems();
        new LoraOptions
        {
            Rank = 0,
            Alpha = double.NaN,
            Dropout = 1,
            TargetModules = ["query", " "],
            TargetModulesPattern = "(",
            RankPattern = new Dictionary<string, int> { ["value"] = -3 },
            LayersToTransform = [-1],
        }.Validate(problems);
        new TrainingOptions
        {
            BatchSize = 0,
            LearningRate = -1,
            WarmupRatio = 1.5,
            Beta2 = 1,
            Schedule = (LearningRateSchedule)99,
            ClassWeights = [1, -2],
            EarlyStoppingPatience = 0,
        }.Validate(problems);

        string message = Assert.ThrowsExactly<ArgumentException>(() => problems.ThrowIfAny("options")).Message;
        foreach (string expected in new[]
        {
            "LoraOptions.Rank is 0", "LoraOptions.Alpha is NaN", "LoraOptions.Dropout is 1", "LoraOptions.TargetModules contains an empty name",
            "TargetModulesPattern is set together", "TargetModulesPattern is not a valid regular expression", "RankPattern[\"value\"] is -3",
            "LayersToTransform is -1", "BatchSize is 0", "LearningRate is -1", "WarmupRatio is 1.5", "Beta2 is 1", "Schedule is 99",
            "ClassWeights[1] is -2; it must be a finite number of at least 0.", "EarlyStoppingPatience is 0",
        })
            StringAssert.Contains(message, expected);
    }

    [TestMethod]
    public void WhatWouldBeIgnoredIsRefused()
    {
        var problems = new OptionProblems();
        new TrainingOptions
        {
            Schedule = LearningRateSchedule.Cosine, MinimumLearningRate = 1e-5, SchedulePower = 2, WarmupShape = LearningRateRamp.Cosine,
            DecayShape = LearningRateRamp.Linear, WarmupStartRatio = 0.1, ScheduleTimeScale = 5, CheckpointEverySteps = 10, DecayRatio = 0.5,
        }.Validate(problems);
        new TrainingOptions { ScheduleCycles = 2 }.Validate(problems);
        Assert.AreEqual(9, problems.Count, problems.Describe());
        foreach (string expected in new[]
        {
            "MinimumLearningRate is set, and the schedule Cosine has no use for it; it belongs to CosineWithMinimum, CosineWarmupWithMinimum, Polynomial, WarmupStableDecay.",
            "SchedulePower is set", "WarmupShape is set", "DecayShape is set", "DecayRatio is set", "WarmupStartRatio is set", "ScheduleTimeScale is set",
            "ScheduleCycles is set, and the schedule Linear", "CheckpointEverySteps is set without a CheckpointDirectory",
        })
            StringAssert.Contains(problems.Describe(), expected);
    }

    [TestMethod]
    public void OptionsBelongToTheirOptimizer()
    {
        var problems = new OptionProblems();
        new TrainingOptions { Momentum = 0.9, Nesterov = true, Dampening = 0.1 }.Validate(problems);
        new TrainingOptions { Optimizer = OptimizerKind.Sgd, AmsGrad = true, Beta1 = 0.8, Beta2 = 0.9, Epsilon = 1e-6 }.Validate(problems);
        Assert.AreEqual(7, problems.Count, problems.Describe());
        foreach (string option in new[] { "Momentum", "Nesterov", "Dampening" })
            StringAssert.Contains(problems.Describe(), $"{option} is set, and the optimizer AdamW has no use for it; it belongs to Sgd.");
        foreach (string option in new[] { "AmsGrad", "Beta1", "Beta2", "Epsilon" })
            StringAssert.Contains(problems.Describe(), $"{option} is set, and the optimizer Sgd has no use for it; it belongs to AdamW, Adam.");

        foreach (TrainingOptions options in new TrainingOptions[]
        {
            new() { Optimizer = OptimizerKind.Sgd, Nesterov = true }, new() { Optimizer = OptimizerKind.Sgd, Dampening = 0.1 }, new() { Optimizer = (OptimizerKind)7 },
            new() { Optimizer = OptimizerKind.Sgd, Momentum = 0.9, Dampening = 0.1, Nesterov = true }, new() { Optimizer = OptimizerKind.Sgd, Momentum = 1 },
        })
        {
            var own = new OptionProblems();
            options.Validate(own);
            Assert.AreEqual(1, own.Count, own.Describe());
        }
    }

    [TestMethod]
    public void OneProblemIsOneSentence()
    {
        var problems = new OptionProblems();
        new LoraOptions { Rank = 0 }.Validate(problems);
        ArgumentException e = Assert.ThrowsExactly<ArgumentException>(() => problems.ThrowIfAny("lora"));
        Assert.AreEqual("lora", e.ParamName);
        StringAssert.StartsWith(e.Message, "LoraOptions.Rank is 0; it must be at least 1.");
    }

    [TestMethod]
    public void SnapshotIsNotReachedByLaterChanges()
    {
        string[] targets = ["query"];
        var options = new LoraOptions { TargetModules = targets, Rank = 3 };
        LoraOptions copy = options.Snapshot();
        options.Rank = 5;
        targets[0] = "value";
        Assert.AreEqual(3, copy.Rank);
        Assert.AreEqual("query", copy.TargetModules![0]);
        Assert.IsTrue(LoraOptions.None.Snapshot().IsNone);
    }

    [TestMethod]
    public void ReportIsInPeftsForm()
    {
        var report = new InjectionReport([], 2_359_296, 1_231_940_608);
        Assert.AreEqual("trainable params: 2,359,296 || all params: 1,231,940,608 || trainable%: 0.1915", report.ToString());
    }

    [TestMethod]
    public void HistorySurvivesJson()
    {
        var history = new TrainingHistory(
            [new EpochResult(1, 10, 0.75, 1e-3, double.NaN, 0.5, 0.25), new EpochResult(2, 20, 0.5, 5e-4, null, null, null)],
            1, true, 100, 20, 1.25, 0.1, null) { BestStep = 10 };
        TrainingHistory back = TrainingHistory.FromJson(history.ToJson());
        CollectionAssert.AreEqual(history.Epochs.ToArray(), back.Epochs.ToArray());
        Assert.AreEqual(history with { Epochs = back.Epochs, Evaluations = back.Evaluations }, back);
        Assert.IsEmpty(back.Evaluations);
        Assert.ThrowsExactly<FormatException>(() => TrainingHistory.FromJson("{"u8));
        Assert.ThrowsExactly<FormatException>(() => TrainingHistory.FromJson("{}"u8));
    }
}
