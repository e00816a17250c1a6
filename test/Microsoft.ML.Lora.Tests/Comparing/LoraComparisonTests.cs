using System.Text.Json;
using System.Xml.Linq;
using Microsoft.ML.Lora.Checkpoints;
using Microsoft.ML.Lora.Comparing;
using Microsoft.ML.Lora.Models;
using Microsoft.ML.Lora.Tests.Estimators;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using TorchSharp;

namespace Microsoft.ML.Lora.Tests.Comparing;

/// <summary>Frozen base, LoRA and full fine-tuning side by side, and the reports of it.</summary>
[TestClass]
[DoNotParallelize]
public sealed class LoraComparisonTests
{
    private readonly MLContext _ml = new(1);

    [TestMethod]
    public void AllKindsAreTrainedOnTheSameRowsAndTheBaseStaysAsItWas()
    {
        using var tiny = new TinyBase();
        byte[] file = File.ReadAllBytes(Path.Combine(tiny.Folder, "model.safetensors"));
        string fingerprint = tiny.Model.Fingerprint;
        Collect();
        long tensors = torch.Tensor.TotalCount;
        int bases = BaseModelStore.LoadedCount;
        LoraComparisonResult result = LoraComparison.Run(_ml, Keys(Messages.Make(120)), Keys(Messages.Make(60, seed: 2)), Options(tiny));

        CollectionAssert.AreEqual(new[] { "Frozen base + head", "LoRA, rank 4", "Full fine-tuning" }, result.Rows.Select(r => r.Method).ToArray());
        Assert.HasCount(3, result.Runs);
        long hidden = tiny.Model.Config.HiddenSize, head = 3 * (hidden + 1);
        Assert.AreEqual(head, result.Rows[0].TrainableParameters);
        Assert.AreEqual(head + tiny.Model.Config.Layers * 3 * 2 * 4 * hidden, result.Rows[1].TrainableParameters);
        Assert.IsGreaterThan(20 * result.Rows[0].TrainableParameters, result.Rows[2].TrainableParameters);
        foreach (LoraComparisonRun run in result.Runs)
        {
            Assert.IsGreaterThan(0.5, run.Accuracy, $"{run.Method}: a third is guessing.");
            Assert.IsGreaterThan(0, run.Seconds);
            Assert.IsGreaterThan(10L << 20, run.PeakBytes);
            Assert.IsGreaterThan(1000, run.SavedBytes);
            Assert.IsGreaterThan(0.6, run.RocAuc!.Value, $"{run.Method}: a half is guessing.");
            Assert.IsNull(run.AveragePrecision, "It is for two classes.");
            Assert.AreNotEqual(1, run.Temperature, $"{run.Method}: the validation part calibrates.");
            Assert.AreEqual(60, run.ReliabilityAfter.Sum(b => b.Count));
            Assert.AreEqual(run.Accuracy, run.ReliabilityAfter.Sum(b => b.Right) / 60.0, 1e-12, "Calibration changes no prediction.");
        }

        Assert.AreEqual(4 * (result.Runs[^1].AllParameters - tiny.Model.Config.HiddenSize * (hidden + 1)), result.Rows[2].SavedBytes, 0.2 * result.Rows[2].SavedBytes);
        CollectionAssert.AreEqual(file, File.ReadAllBytes(Path.Combine(tiny.Folder, "model.safetensors")));
        Assert.AreEqual(fingerprint, tiny.Model.Fingerprint);
        Collect();
        Assert.AreEqual(bases, BaseModelStore.LoadedCount, "Loaded base models.");
        Assert.AreEqual(tensors, torch.Tensor.TotalCount, "Live tensors.");
    }

    [TestMethod]
    public void OptionsThatAreWrongAreNamedTogether()
    {
        var options = new LoraComparisonOptions { Methods = [LoraComparisonMethod.Frozen, LoraComparisonMethod.Frozen, new("fast", LoraOptions.None, 0)], Seeds = [] };
        string message = Assert.ThrowsExactly<ArgumentException>(() => LoraComparison.Run(_ml, Keys(Messages.Make(9)), Keys(Messages.Make(9)), options)).Message;
        StringAssert.Contains(message, "'Frozen base + head'");
        StringAssert.Contains(message, "'fast'");
        StringAssert.Contains(message, "Seeds");
    }

    /// <summary>Pages and pictures are well-formed, complete and need nothing from outside, also at the edges: one method, all right, all equal.</summary>
    [TestMethod]
    public void ReportsAreCompleteAndSelfContained()
    {
        LoraComparisonRun[] runs =
        [
            Run("Frozen base + head", LoraComparisonKind.Frozen, 770, 0.80), Run("LoRA, rank 8 & <more>", LoraComparisonKind.Lora, 111_362, 0.874),
            Run("Full fine-tuning", LoraComparisonKind.Full, 22_714_370, 0.9, seed: 1), Run("Full fine-tuning", LoraComparisonKind.Full, 22_714_370, 0.88, seed: 2),
        ];
        LoraComparisonRun[][] edges = [runs, runs[..1], [Run("a", LoraComparisonKind.Frozen, 1, 1)], [Run("a", LoraComparisonKind.Lora, 10, 0.5), Run("b", LoraComparisonKind.Lora, 10, 0.5)]];
        foreach (LoraComparisonRun[] some in edges)
        {
            var result = new LoraComparisonResult("Compared <here>", "data & rows", "recipe", some);
            XDocument svg = XDocument.Parse(result.ToSvg());
            string html = result.ToHtml("machine <x>");
            XDocument page = XDocument.Parse(html.Replace("<!doctype html>", "").Replace("<meta charset=\"utf-8\">", "").Replace("content=\"width=device-width,initial-scale=1\">", "/>").Replace("<meta name=\"viewport\" />", "")
                .Replace("<meta name=\"color-scheme\" content=\"light dark\">", ""));
            foreach (LoraComparisonRow row in result.Rows)
            {
                Assert.Contains(row.Method, svg.Descendants().Where(e => e.Name.LocalName == "text").Select(e => e.Value).ToArray());
                Assert.Contains(row.Method, page.Descendants().Where(e => e.Name.LocalName == "td").Select(e => e.Value).ToArray());
                StringAssert.Contains(result.ToMarkdown(), ComparisonTable.Percent(row.Accuracy));
            }

            foreach (string text in (string[])[html, svg.ToString()])
            {
                foreach (string outside in (string[])["src=", "href=", "@import", "url(", "<script", "NaN", "∞"])
                    Assert.DoesNotContain(outside, text);
            }

            StringAssert.Contains(html, "prefers-color-scheme:dark");
        }

        using var folder = new TemporaryFolder();
        var both = LoraComparisonResult.Combine([new("t", "d", "r", runs[..2]), new("t", "d", "r", runs[2..])]);
        Assert.HasCount(3, both.Rows);
        Assert.AreEqual(0.89, both.Rows[2].Accuracy, 1e-12);
        both.SaveHtml(folder.File("a.html"));
        both.SaveSvg(folder.File("a.svg"));
        Assert.AreEqual(both.ToSvg(), File.ReadAllText(folder.File("a.svg")));
        LoraComparisonRun back = JsonSerializer.Deserialize<LoraComparisonRun>(JsonSerializer.Serialize(runs[1]))!;
        Assert.AreEqual(runs[1].CalibrationErrorAfter, back.CalibrationErrorAfter);
        Assert.AreEqual(runs[1].SavedBytes, back.SavedBytes);
        Assert.IsNull(back.RocAuc);
        LoraComparisonRun ranked = runs[1] with { RocAuc = 0.75, AveragePrecision = 0.5 };
        Assert.AreEqual(0.75, JsonSerializer.Deserialize<LoraComparisonRun>(JsonSerializer.Serialize(ranked))!.RocAuc);
        Assert.AreEqual(0.75, new LoraComparisonRow("a", [ranked, ranked]).RocAuc);
        Assert.IsNull(new LoraComparisonRow("a", [ranked, runs[1]]).RocAuc);
        StringAssert.Contains(new LoraComparisonResult("t", "d", "r", [ranked]).ToMarkdown(), "75.00 %");
    }

    [TestMethod]
    [DataRow(80.1, 92.9, 5, 80.0, 95.0)]
    [DataRow(0.5, 0.5, 5, 0.49, 0.52)]
    [DataRow(0, 100, 4, 0, 100)]
    public void TicksAreRoundAndCoverTheValues(double low, double high, int steps, double from, double to)
    {
        double[] ticks = Ticks.Linear(low, high, steps);
        Assert.IsGreaterThan(1, ticks.Length);
        Assert.IsLessThan(12, ticks.Length);
        Assert.IsTrue(ticks[0] <= low + 1e-9 && ticks[^1] >= high - 1e-9, string.Join(' ', ticks));
        Assert.IsTrue(ticks[0] >= from - 1e-9 && ticks[^1] <= to + 1e-9, string.Join(' ', ticks));
        CollectionAssert.AreEqual(new[] { 1000.0, 10_000 }, Ticks.Powers(450, 20_000));
    }

    private static void Collect()
    {
        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }

    private IDataView Keys(Message[] messages) => _ml.Transforms.Conversion.MapValueToKey("Label").Fit(_ml.Data.LoadFromEnumerable(messages))
        .Transform(_ml.Data.LoadFromEnumerable(messages));

    private static LoraComparisonOptions Options(TinyBase tiny) => new()
    {
        Sentence1ColumnName = "Text",
        BaseModel = tiny.Model,
        Seeds = [3],
        Methods =
        [
            LoraComparisonMethod.Frozen with { LearningRate = 2e-2 }, LoraComparisonMethod.LoraOfRank(4) with { LearningRate = 1e-2 },
            LoraComparisonMethod.FullFineTuning with { LearningRate = 1e-3, HeadLearningRate = 1e-2 },
        ],
        Training = new TrainingOptions { MaxEpochs = 6, BatchSize = 16, ValidationFraction = 0.2, ComputeType = ComputeType.Float32 },
    };

    private static LoraComparisonRun Run(string method, LoraComparisonKind kind, long parameters, double accuracy, int seed = 1)
    {
        var before = new ReliabilityBin[15];
        var after = new ReliabilityBin[15];
        before[14] = new ReliabilityBin(1000, (long)(1000 * accuracy), 980);
        after[13] = new ReliabilityBin(900, (long)(1000 * accuracy) - 40, 820);
        after[7] = new ReliabilityBin(100, 40, 48);
        return new LoraComparisonRun(method, kind, seed, accuracy, accuracy - 0.01, parameters, 22_714_370, 12.3, 400L << 20, 1_700_000, 1.4, before, after);
    }
}
