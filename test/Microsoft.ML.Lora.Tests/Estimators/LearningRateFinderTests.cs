using Microsoft.ML.Lora.Training;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Estimators;

[TestClass]
public sealed class LearningRateFinderTests
{
    private readonly MLContext _ml = new(1);

    [TestMethod]
    public void SuggestsARateThatLearnsAndLeavesNothingBehind()
    {
        using var tiny = new TinyBase();
        IDataView data = Keyed(Messages.Make(120)), test = Keyed(Messages.Make(60, seed: 7));
        LoraTextClassificationTrainer.Options options = TinyPipeline.Options(tiny, epochs: 3);
        options.Training.HeadLearningRate = 2e-2;
        string untouched = Train(options);

        LoraTextClassificationTrainer trainer = _ml.MulticlassClassification.Trainers.LoraTextClassification(options);
        LearningRateCurve curve = trainer.FindLearningRate(data), again = trainer.FindLearningRate(data);
        CollectionAssert.AreEqual(curve.Points.ToArray(), again.Points.ToArray());
        Assert.AreEqual(untouched, Convert.ToHexString(trainer.Fit(data).State.AdapterWeights), "the search changes nothing");

        Assert.AreEqual(1e-6, curve.Points[0].LearningRate, 1e-18);
        Assert.IsTrue(curve.Points.Zip(curve.Points.Skip(1)).All(p => Math.Abs(Math.Log(p.Second.LearningRate / p.First.LearningRate) - Math.Log(1e6) / 99) < 1e-9));
        Assert.AreEqual(curve.Points[0].Loss, curve.Points[0].SmoothedLoss, 1e-12);
        Assert.IsNotNull(curve.Suggestion);
        options.Training.HeadLearningRate = null;
        options.Training.LearningRate = curve.Suggestion.Value;
        double suggested = LastLoss(), low, high;
        options.Training.LearningRate = curve.Suggestion.Value / 1000;
        low = LastLoss();
        Assert.IsLessThan(low - 0.2, suggested);
        options.Training.LearningRate = 3;
        try
        {
            high = LastLoss();
        }
        catch (TrainingDivergedException)
        {
            high = double.PositiveInfinity;
        }

        Assert.IsLessThan(high, suggested);

        string Train(LoraTextClassificationTrainer.Options o) =>
            Convert.ToHexString(_ml.MulticlassClassification.Trainers.LoraTextClassification(o).Fit(data).State.AdapterWeights);

        double LastLoss() => _ml.MulticlassClassification.Trainers.LoraTextClassification(options).Fit(data).History.Epochs[^1].TrainingLoss;
    }

    [TestMethod]
    public void TheSuggestionIsWhereTheLossFallsMostSteeply()
    {
        double[] losses = [.. Enumerable.Repeat(2.0, 20), 1.9, 1.75, 1.3, 1.05, 1.0, 0.98, 1.2, 3];
        LearningRatePoint[] points = [.. losses.Select((loss, i) => new LearningRatePoint(Math.Pow(10, -6 + 0.2 * i), loss, loss))];
        Assert.AreEqual(points[22].LearningRate, LearningRateFinder.Suggest(points)!.Value, 1e-12); // from 1.75 to 1.05
        Assert.IsNull(LearningRateFinder.Suggest([.. points.Take(20)]));
        Assert.IsNull(LearningRateFinder.Suggest([]));
    }

    [TestMethod]
    public void BadOptionsAreNamedTogether()
    {
        LoraTextClassificationTrainer trainer = _ml.MulticlassClassification.Trainers.LoraTextClassification(new LoraTextClassificationTrainer.Options());
        ArgumentException e = Assert.Throws<ArgumentException>(() => trainer.FindLearningRate(
            Keyed(Messages.Make(4)), new LearningRateFinderOptions { MinimumLearningRate = 1, MaximumLearningRate = 0.1, Steps = 2, Smoothing = 1, DivergenceFactor = 0 }));
        foreach (string name in new[] { "MaximumLearningRate is 0.1", "Steps is 2", "Smoothing is 1", "DivergenceFactor is 0" })
            StringAssert.Contains(e.Message, name);
    }

    private IDataView Keyed(Message[] rows)
    {
        IDataView view = _ml.Data.LoadFromEnumerable(rows);
        return _ml.Transforms.Conversion.MapValueToKey("Label").Fit(view).Transform(view);
    }
}
