using Microsoft.ML.Lora.Adapters;
using Microsoft.ML.Lora.Models;
using Microsoft.ML.Lora.Training;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Training;

/// <summary>What the options mean for the rate of each parameter and each step.</summary>
[TestClass]
public sealed class ParameterSettingsTests
{
    [TestMethod]
    public void WarmupIsAShareOfAllStepsOrANumberOfThem()
    {
        AssertRates(new TrainingOptions { Schedule = LearningRateSchedule.Linear, WarmupRatio = 0.2, LearningRate = 1 }, 100, warmup: 20);
        AssertRates(new TrainingOptions { Schedule = LearningRateSchedule.Linear, WarmupRatio = 0.2, WarmupSteps = 5, LearningRate = 1 }, 100, warmup: 5);
        AssertRates(new TrainingOptions { Schedule = LearningRateSchedule.Linear, WarmupSteps = 0, LearningRate = 1 }, 100, warmup: 0);

        static void AssertRates(TrainingOptions options, long steps, int warmup)
        {
            LearningRateScheduler scheduler = LearningRateScheduler.From(options, options.LearningRate, steps);
            for (int i = 0; i <= steps; i++)
                Assert.AreEqual(i < warmup ? (double)i / warmup : (steps - i) / (double)(steps - warmup), scheduler.At(i), 1e-12, $"step {i}");
        }
    }

    [TestMethod]
    public void TheHeadMayHaveARateOfItsOwnAndBLearnsFasterWithLoraPlus()
    {
        using BertModel model = TinyTask.Model();
        using SequenceClassifier classifier = TinyTask.Classifier(model);
        Expect(new TrainingOptions { LearningRate = 1e-3, WeightDecay = 0.1 }, a: (1e-3, 0.1), b: (1e-3, 0.1), headWeight: (1e-3, 0.1), headBias: (1e-3, 0.1));
        Expect(new TrainingOptions { LearningRate = 1e-3, WeightDecay = 0.1, HeadLearningRate = 5e-3 }, a: (1e-3, 0.1), b: (1e-3, 0.1), headWeight: (5e-3, 0.1), headBias: (5e-3, 0.1));
        Expect(new TrainingOptions { LearningRate = 1e-3, WeightDecay = 0.1, LoraPlusRatio = 16 }, a: (1e-3, 0.1), b: (16e-3, 0.1), headWeight: (1e-3, 0.1), headBias: (16e-3, 0));
        Expect(new TrainingOptions { LearningRate = 1e-3, WeightDecay = 0.1, LoraPlusRatio = 16, HeadLearningRate = 5e-3 }, a: (1e-3, 0.1), b: (16e-3, 0.1), headWeight: (5e-3, 0.1), headBias: (5e-3, 0));

        void Expect(TrainingOptions options, (double, double) a, (double, double) b, (double, double) headWeight, (double, double) headBias)
        {
            foreach (TrainableParameter p in classifier.Parameters)
            {
                (double rate, double decay) = p.Kind switch
                {
                    ParameterKind.LoraA => a,
                    ParameterKind.LoraB => b,
                    _ => p.Value.dim() == 1 ? headBias : headWeight,
                };
                ParameterSettings found = ParameterSettings.For(p, options);
                Assert.AreEqual(rate, found.LearningRate, 1e-15, p.Name);
                Assert.AreEqual(decay, found.WeightDecay, 1e-15, p.Name);
            }
        }
    }

    [TestMethod]
    public void AHeadRateOfItsOwnMovesTheHeadOnly()
    {
        using BertModel model = TinyTask.Model();
        Dictionary<string, float[]> slow = Step(null), fast = Step(2e-2);
        foreach (string name in slow.Keys)
            Assert.AreEqual(!name.Contains("classifier", StringComparison.Ordinal), slow[name].AsSpan().SequenceEqual(fast[name]), name);

        Dictionary<string, float[]> Step(double? headRate)
        {
            using SequenceClassifier classifier = TinyTask.Classifier(model);
            // One step: two would let the head's other values reach the adapters' gradients.
            TinyTask.Train(classifier, TinyTask.Rows(16, 1), new TrainingOptions { MaxEpochs = 1, BatchSize = 16, WarmupRatio = 0, HeadLearningRate = headRate });
            return classifier.Parameters.ToDictionary(p => p.Name, p => ParameterValues.Read(p.Value));
        }
    }
}
