using System.Text.Json;
using Microsoft.ML.Lora.Adapters;
using Microsoft.ML.Lora.Training;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Adapters;

/// <summary>Recorded trainings: gradients, the loss curve, parameters after some steps, against the product's own step and optimizer.</summary>
[TestClass]
public sealed class PeftTrainingGoldenTests
{
    public required TestContext TestContext { get; set; }

    [TestMethod]
    public void RecordedTrainings()
    {
        var run = new GoldenRun(TestContext, "peft/train");
        foreach (string folder in GoldenFiles.Folders("peft", "train"))
        {
            string name = Path.GetFileName(folder);
            JsonElement record = GoldenJson.Load(Path.Combine(folder, "case.json"));
            string baseName = record.Text("base");
            if (PeftCase.UnsupportedBase(baseName) is { } unsupported)
                run.LeaveOut(name, unsupported);
            else if (PeftCase.Unsupported(Path.Combine(folder, "initial")) is { } why)
                run.LeaveOut(name, why);
            else if (AveragesUnequalParts(record))
                run.LeaveOut(name, "averages the means of micro batches of different sizes; here accumulation equals the whole batch");
            else
                run.Case(name, () => Check(folder, baseName, record));
        }

        run.Finish();
    }

    private static void Check(string folder, string baseName, JsonElement record)
    {
        using PeftCase peft = PeftCase.Open(Path.Combine(folder, "initial"), baseName);
        using var tensors = new GoldenTensors(Path.Combine(folder, "case.safetensors"));
        IReadOnlyList<TrainableParameter> parameters = peft.Classifier.Parameters;
        (TrainingSet set, int[][] batches) = ReadBatches(record.Text("batches"), peft.Classifier.Classes);
        int steps = record.GetProperty("steps").GetInt32();
        int accumulation = Accumulation(record);
        ClassifierOptimizer optimizer = CreateOptimizer(parameters, record, steps);
        var step = new TrainingStep(peft.Classifier, new ClassificationLoss(peft.Classifier.Classes), seed: 1, maxTokens: int.MaxValue);
        double[] losses = record.GetProperty("losses").Flat(), losses64 = record.GetProperty("losses_f64").Flat();
        double[] norms = record.GetProperty("grad_norm_before_clip_f64").Flat();
        for (int s = 0; s < steps; s++)
        {
            (double sum, double divisor) = step.Run(set, [.. Enumerable.Range(s * accumulation, accumulation).SelectMany(i => batches[i % batches.Length])], s, default);
            GoldenAssert.Near(losses[s], sum / divisor, GoldenTolerances.PeftLossCurve, $"loss of step {s}");
            GoldenAssert.Near(losses64[s], sum / divisor, GoldenTolerances.PeftLossCurve, $"loss of step {s} against float64");
            double norm = optimizer.CollectGradients();
            GoldenAssert.Near(norms[s], norm, GoldenTolerances.PeftGradientRelative * norms[s], $"gradient norm of step {s}");
            CheckGradients(tensors, parameters, optimizer, s);
            double rate = record.GetProperty("lr_used_per_step_per_group")[s][0].Number();
            GoldenAssert.Near(rate, optimizer.LearningRateAt(s), 1e-15, $"learning rate of step {s}");
            optimizer.Step(s, norm);
            CheckParameters(tensors, parameters, s + 1);
        }

        using PeftCase final = PeftCase.Open(Path.Combine(folder, "final"), baseName);
        for (int i = 0; i < parameters.Count; i++)
        {
            GoldenAssert.Near(ParameterValues.Read(final.Classifier.Parameters[i].Value), ParameterValues.Read(parameters[i].Value),
                GoldenTolerances.PeftParametersAfter20, $"{parameters[i].Name} at the end");
        }
    }

    private static int Accumulation(JsonElement record) => (int)(record.GetProperty("training").MaybeNumber("gradient_accumulation") ?? 1);

    private static bool AveragesUnequalParts(JsonElement record) => Accumulation(record) > 1
        && record.GetProperty("training").Text("accumulation_loss") == "mean"
        && record.GetProperty("num_label_items_per_batch").Ints().Distinct().Count() > 1;

    private static (TrainingSet Set, int[][] Batches) ReadBatches(string file, int classes)
    {
        using var tensors = new GoldenTensors(GoldenFiles.File(["peft", .. file.Split('/')]));
        var set = new TrainingSet(classes);
        var batches = new List<int[]>();
        for (int i = 0; tensors.Has($"{i}.input_ids"); i++)
        {
            int first = set.Count;
            PeftBatch.Read(tensors, $"{i}.", first).AddTo(set);
            batches.Add([.. Enumerable.Range(first, set.Count - first)]);
        }

        return (set, [.. batches]);
    }

    private static ClassifierOptimizer CreateOptimizer(IReadOnlyList<TrainableParameter> parameters, JsonElement record, int steps)
    {
        JsonElement training = record.GetProperty("training");
        double[] betas = training.GetProperty("betas").Flat();
        // The recorded groups say rate and decay of every parameter.
        var groups = new Dictionary<string, ParameterSettings>();
        foreach (JsonElement group in record.GetProperty("parameter_groups").EnumerateArray())
        {
            foreach (JsonElement name in group.GetProperty("parameters").EnumerateArray())
                groups.Add(PeftCase.FileKey(name.GetString()!), new ParameterSettings(group.Number("lr"), group.Number("weight_decay")));
        }

        if (training.Text("optimizer") == "loraplus")
        {
            var options = new TrainingOptions
            {
                LearningRate = training.Number("lr"),
                WeightDecay = training.Number("weight_decay"),
                LoraPlusRatio = training.Number("loraplus_lr_ratio"),
            };
            foreach (TrainableParameter p in parameters)
                Assert.AreEqual(groups[p.Name], ParameterSettings.For(p, options), p.Name);
        }

        int warmup = (int)(training.MaybeNumber("warmup_steps") ?? -1);
        return new ClassifierOptimizer(
            parameters,
            p => groups[p.Name],
            rate => new LearningRateScheduler
            {
                Schedule = warmup < 0 || UsesConstantRate(record) ? LearningRateSchedule.Constant : LearningRateSchedule.Linear,
                LearningRate = rate,
                WarmupSteps = Math.Max(0, warmup),
                TotalSteps = steps,
            }.At,
            new Adam<float>(parameters.Select(p => (int)p.Value.numel()).ToArray(), betas[0], betas[1], training.Number("eps")),
            training.MaybeNumber("max_grad_norm") ?? 0);
    }

    /// <summary>Whether the record shows the same rate at every step: a schedule was named but not used.</summary>
    private static bool UsesConstantRate(JsonElement record)
    {
        double[][] rates = record.GetProperty("lr_used_per_step_per_group").Rows();
        return rates.All(r => r[0] == rates[0][0]);
    }

    private static void CheckGradients(GoldenTensors tensors, IReadOnlyList<TrainableParameter> parameters, ClassifierOptimizer optimizer, int step)
    {
        string prefix = $"grad.step{step}.";
        foreach (string name in tensors.Names.Where(n => n.StartsWith(prefix, StringComparison.Ordinal)))
        {
            bool is64 = name.EndsWith(".f64", StringComparison.Ordinal);
            string key = PeftCase.FileKey(is64 ? name[prefix.Length..^4] : name[prefix.Length..]);
            int index = parameters.Select((p, i) => (p, i)).Single(x => x.p.Name == key).i;
            float[] expected = tensors.Floats(name);
            double tolerance = GoldenTolerances.PeftGradientRelative * expected.Max(Math.Abs) + GoldenTolerances.PeftGradientAbsolute;
            GoldenAssert.Near(expected, optimizer.Gradients[index], tolerance, name);
        }
    }

    private static void CheckParameters(GoldenTensors tensors, IReadOnlyList<TrainableParameter> parameters, int after)
    {
        string prefix = $"param.after{after}.";
        foreach (string name in tensors.Names.Where(n => n.StartsWith(prefix, StringComparison.Ordinal)))
        {
            string key = PeftCase.FileKey(name.EndsWith(".f64", StringComparison.Ordinal) ? name[prefix.Length..^4] : name[prefix.Length..]);
            double tolerance = after == 1 ? GoldenTolerances.PeftParametersAfter1 : GoldenTolerances.PeftParametersAfter20;
            GoldenAssert.Near(tensors.Floats(name), ParameterValues.Read(parameters.Single(p => p.Name == key).Value), tolerance, name);
        }
    }
}
