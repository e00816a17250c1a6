using System.Text.Json;
using Microsoft.ML.Lora.Training;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Training;

[TestClass]
public sealed class LossGoldenTests
{
    public required TestContext TestContext { get; set; }

    [TestMethod]
    public void Losses()
    {
        var run = new GoldenRun(TestContext, "optim/losses.json");
        foreach (JsonElement c in GoldenJson.Load(GoldenFiles.File("optim", "losses.json")).GetProperty("cases").EnumerateArray())
        {
            string kind = c.Text("loss");
            if (kind is not ("cross_entropy" or "focal"))
                run.LeaveOut(c.Text("id"), $"{kind} is not a loss over classes");
            else
                run.Case(c.Text("id"), () => Check(c));
        }

        run.Finish();
    }

    [TestMethod]
    public void ARowWeightActsLikeRepeatingTheRow()
    {
        var loss = new ClassificationLoss(3, [1, 2, 0.5], 0.1);
        double[] a = [0.3, -1, 2], b = [1, 0.5, -0.25], gradient = new double[3], twice = new double[3];
        double once = loss.Row(a, 2, 1, gradient);
        Assert.AreEqual(2 * once, loss.Row(a, 2, 2, twice), 1e-15);
        Assert.AreEqual(2 * gradient[1], twice[1], 1e-15);
        double mean = (loss.Row(a, 2, 2, twice) + loss.Row(b, 1, 1, gradient)) / (loss.DivisorOf(2, 2) + loss.DivisorOf(1, 1));
        double repeated = (once + once + loss.Row(b, 1, 1, gradient)) / (2 * loss.DivisorOf(2, 1) + loss.DivisorOf(1, 1));
        Assert.AreEqual(repeated, mean, 1e-15);
    }

    [TestMethod]
    public void ExtremeLogitsStayFinite()
    {
        double[] gradient = new double[2];
        foreach (double? gamma in new double?[] { null, 0, 0.5, 2 })
        {
            var loss = new ClassificationLoss(2, focalGamma: gamma);
            Assert.AreEqual(0, loss.Row([1000, -1000], 0, 1, gradient), 1e-12);
            Assert.IsTrue(gradient.All(double.IsFinite));
            Assert.AreEqual(2000, loss.Row([1000, -1000], 1, 1, gradient), 1e-9);
            Assert.IsTrue(gradient.All(double.IsFinite));
        }
    }

    [TestMethod]
    public void Calibration()
    {
        var run = new GoldenRun(TestContext, "optim/calibration.json");
        run.LeaveOut("isotonic_platt", "calibration is by temperature, which changes no prediction");
        foreach (JsonElement c in GoldenJson.Load(GoldenFiles.File("optim", "calibration.json")).GetProperty("cases").EnumerateArray())
        {
            run.Case(c.GetProperty("id").ToString(), () =>
            {
                double[][] logits = c.GetProperty("logits").Rows();
                int[] labels = c.GetProperty("labels").Ints();
                double t = TemperatureCalibration.Fit(logits, labels);
                GoldenAssert.Near(c.Number("temperature"), t, GoldenTolerances.Temperature * c.Number("temperature"), "temperature");
                GoldenAssert.Near(c.Number("nll_before"), TemperatureCalibration.NegativeLogLikelihood(logits, labels, 1), GoldenTolerances.Calibration, "nll_before");
                GoldenAssert.Near(c.Number("nll_after"), TemperatureCalibration.NegativeLogLikelihood(logits, labels, t), GoldenTolerances.Calibration, "nll_after");
                GoldenAssert.Near(c.Number("ece_before"), TemperatureCalibration.ExpectedCalibrationError(logits, labels, 1), GoldenTolerances.Calibration, "ece_before");
                GoldenAssert.Near(c.Number("ece_after"), TemperatureCalibration.ExpectedCalibrationError(logits, labels, t), GoldenTolerances.Calibration, "ece_after");
                if (c.GetProperty("at_bound").GetBoolean()) // a temperature of 0.01 is recorded without it too
                    Assert.IsTrue(TemperatureCalibration.IsAtLimit(t), "at_bound");
                CollectionAssert.AreEqual(c.GetProperty("bins_before").Ints(), Bins(1), "bins_before");
                CollectionAssert.AreEqual(c.GetProperty("bins_after").Ints(), Bins(t), "bins_after");

                int[] Bins(double temperature) => [.. TemperatureCalibration.Reliability(logits, labels, temperature).Select(b => (int)b.Count)];
            });
        }

        run.Finish();
    }

    [TestMethod]
    public void Metrics()
    {
        var run = new GoldenRun(TestContext, "optim/metrics.json");
        run.LeaveOut("regression", "there is no regression head");
        foreach (JsonElement c in GoldenJson.Load(GoldenFiles.File("optim", "metrics.json")).GetProperty("cases").EnumerateArray())
        {
            run.Case(c.GetProperty("id").ToString(), () =>
            {
                int[] labels = c.GetProperty("labels").Ints();
                double[][] probabilities = c.GetProperty("probabilities").Rows();
                int[] predicted = probabilities.Select(p => ClassificationMetrics.ArgMax(p)).ToArray();
                CollectionAssert.AreEqual(c.GetProperty("predicted").Ints(), predicted);
                int classes = c.GetProperty("classes").GetInt32();
                ClassificationMetrics m = ClassificationMetrics.From(labels, predicted, classes);
                CollectionAssert.AreEqual(c.GetProperty("confusion_rows_true_columns_predicted").Flat(), m.Confusion.Cast<long>().Select(x => (double)x).ToArray());
                Near(c, "accuracy", m.Accuracy);
                Near(c, "balanced_accuracy", m.BalancedAccuracy);
                Near(c, "mcc", m.MatthewsCorrelation);
                Near(c, "kappa", m.Kappa);
                Near(c, "f1_macro", m.MacroF1);
                Near(c, "f1_macro_present_only", m.MacroF1OfPresent);
                Near(c, "auc", RankingMetrics.RocAuc(probabilities, labels));
                if (c.Maybe("average_precision") is not null)
                    Near(c, "average_precision", RankingMetrics.AveragePrecision(probabilities, labels));
                Near(c, "precision_macro", m.MacroPrecision);
                Near(c, "recall_macro", m.MacroRecall);
                Near(c, "f1_weighted", m.WeightedF1);
                Near(c, "precision_weighted", m.WeightedPrecision);
                Near(c, "recall_weighted", m.WeightedRecall);
                foreach (string micro in (string[])["f1_micro", "precision_micro", "recall_micro"])
                    Near(c, micro, m.Accuracy); // the same where every row has one class
                Near(c, "log_loss", LogLoss(probabilities, labels));
                double[] f1 = c.GetProperty("f1_per_class").Flat();
                for (int k = 0; k < classes; k++)
                    GoldenAssert.Near(f1[k], m.F1(k), GoldenTolerances.Metrics, $"f1 of class {k}");
                if (classes == 2 && c.Maybe("f1_binary") is not null)
                    Near(c, "f1_binary", m.F1(1));
            });
        }

        run.Finish();

        // What a validation reports, of logits whose softmax the probabilities are; zeros are clipped as the recorded library does.
        static double LogLoss(double[][] probabilities, int[] labels)
        {
            var loss = new ClassificationLoss(probabilities[0].Length);
            double[] gradient = new double[loss.Classes];
            return probabilities.Select((p, i) => loss.Row([.. p.Select(x => Math.Log(Math.Max(x, Math.BitIncrement(1.0) - 1)))], labels[i], 1, gradient)).Average();
        }

        static void Near(JsonElement c, string name, double actual) => GoldenAssert.Near(c.Number(name), actual, GoldenTolerances.Metrics, name);
    }

    private static void Check(JsonElement c)
    {
        double[][] logits = c.GetProperty("logits").Rows();
        double[][]? soft = c.Maybe("target_probabilities")?.Rows();
        int[] target = soft is null ? c.GetProperty("target").Ints() : new int[logits.Length];
        int classes = logits[0].Length;
        int ignored = (int)(c.MaybeNumber("ignore_index") ?? -100);
        double[]? weight = (c.Maybe("weight") ?? c.Maybe("alpha"))?.Flat();
        var loss = new ClassificationLoss(classes, weight, c.MaybeNumber("label_smoothing") ?? 0, c.MaybeNumber("gamma"));
        double[] values = new double[target.Length];
        double[][] gradients = target.Select(_ => new double[classes]).ToArray();
        double divisor = 0;
        for (int i = 0; i < target.Length; i++)
        {
            if (target[i] == ignored)
                continue;
            if (soft is null)
            {
                values[i] = loss.Row(logits[i], target[i], 1, gradients[i]);
                divisor += loss.DivisorOf(target[i], 1);
                continue;
            }

            soft[i].CopyTo(gradients[i], 0);
            values[i] = loss.CrossEntropy(logits[i], 1, gradients[i]);
            divisor++; // the mean over rows
        }

        string reduction = c.Text("reduction");
        if (reduction != "mean")
            divisor = 1;
        double[] expected = c.GetProperty("value").Flat();
        double[] actual = reduction == "none" ? values : [values.Sum() / divisor];
        for (int i = 0; i < expected.Length; i++)
            GoldenAssert.Near(expected[i], actual[i], GoldenTolerances.Float64 * Math.Max(1, Math.Abs(expected[i])), $"value {i}");
        double[] gradient = c.GetProperty("grad").Flat();
        double[] ours = gradients.SelectMany((row, i) => row.Select(g => target[i] == ignored ? 0 : g / divisor)).ToArray();
        if (divisor == 0)
            ours = new double[gradient.Length]; // nothing to learn from: the recorded gradient is 0 or not a number, see below
        for (int i = 0; i < gradient.Length; i++)
        {
            if (divisor == 0 && double.IsNaN(gradient[i]))
                continue; // 0/0 there; a training never takes such a step
            GoldenAssert.Near(gradient[i], ours[i], GoldenTolerances.Float64, $"gradient {i}");
        }
    }
}
