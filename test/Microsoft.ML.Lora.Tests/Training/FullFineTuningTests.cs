using System.Text.Json;
using Microsoft.ML.Lora.Adapters;
using Microsoft.ML.Lora.Checkpoints;
using Microsoft.ML.Lora.Kernels;
using Microsoft.ML.Lora.Models;
using Microsoft.ML.Lora.Tests.Models;
using Microsoft.ML.Lora.Training;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Tests.Training;

/// <summary>Training every weight of a private copy: gradients of all kinds of weights, and a shared base that stays as it was.</summary>
[TestClass]
public sealed class FullFineTuningTests
{
    /// <summary>Norms of gradients against those recorded in float64, relative: hf/README.</summary>
    private const double GradientNorms = 1e-4;

    /// <summary>A quotient of differences of a float32 loss: 1e-7 of rounding over a step of 2e-3, and the curvature along it.</summary>
    private const double Quotient = 2e-3;

    public required TestContext TestContext { get; set; }

    /// <summary>The norm of the gradient of every weight of recorded classifiers.</summary>
    [TestMethod]
    public void RecordedGradients()
    {
        var run = new GoldenRun(TestContext, "hf/models");
        foreach (string folder in GoldenFiles.Folders("hf", "models"))
        {
            string name = Path.GetFileName(folder);
            if (GoldenModelTests.Unsupported(folder) is { } why)
            {
                run.LeaveOut(name, why);
                continue;
            }

            using JsonDocument manifest = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "case.json")));
            using var tensors = new GoldenTensors(Path.Combine(folder, "case.safetensors"));
            foreach (JsonElement golden in manifest.RootElement.GetProperty("cases").EnumerateArray())
            {
                string tag = golden.GetProperty("tag").GetString()!, title = $"{name}/{tag}";
                if (!golden.TryGetProperty("grad_l2", out JsonElement norms))
                    run.LeaveOut(title, "no gradients were recorded");
                else if (!norms.TryGetProperty("classifier.weight", out _) || tensors.Shape($"{tag}.out.logits").Length != 2 || tensors.Type($"{tag}.in.labels") != SafetensorsType.I64)
                    run.LeaveOut(title, "not a classifier of rows with one class each");
                else
                    run.Case(title, () => CompareNorms(folder, tensors, tag, GoldenBatch.Read(tensors, tag, golden, out _)!, norms));
            }
        }

        run.Finish();
    }

    /// <summary>Signs and places, which a norm does not show: along a random direction in each tensor, the loss changes as its gradient says.</summary>
    [TestMethod]
    [DataRow(PoolingMode.Mean)]
    [DataRow(PoolingMode.Pooler)]
    public void GradientsPointWhereTheLossRises(PoolingMode pooling)
    {
        using SequenceClassifier classifier = Full(TinyTask.Model(dropout: 0.1f), pooling);
        TokenizedRow[] rows = [.. Enumerable.Range(0, 6).Select(TinyTask.Rows(6, seed: 3).Row)];
        _ = Loss(classifier, rows, backward: true);
        foreach (TrainableParameter parameter in classifier.Parameters)
        {
            float[] values = ParameterValues.Read(parameter.Value), gradient = ParameterValues.Read(parameter.Value.grad!);
            float[] direction = new float[values.Length];
            CounterRandom.FillNormal(CounterRandom.Key(5, RandomStreams.Synthetic, (ulong)values.Length), 1, direction);
            double length = Math.Sqrt(direction.Sum(x => (double)x * x));
            double expected = direction.Zip(gradient, (x, y) => (double)x * y).Sum() / length;
            const double Step = 2e-3;
            double high = At(+Step), low = At(-Step);
            ParameterValues.Write(parameter.Value, values);
            GoldenAssert.Near(expected, (high - low) / (2 * Step), Quotient, parameter.Name);

            double At(double step)
            {
                ParameterValues.Write(parameter.Value, [.. values.Select((x, i) => (float)(x + step * direction[i] / length))]);
                return Loss(classifier, rows, backward: false);
            }
        }
    }

    [TestMethod]
    public void ItLearnsAndTheSharedBaseStaysAsItWas()
    {
        using var tiny = new TinyBase();
        BaseModel source = tiny.Model;
        using BaseModelHandle shared = source.Acquire(ComputeType.Float32);
        string before = Hash(shared.Model);
        EncoderModel copy = TrainableCopy.Load(source.Files, CPU);
        using SequenceClassifier classifier = SequenceClassifier.CreateFull(copy, new Pooling(source.Pooling, copy), TinyTask.Classes, 0.1, 1);
        Assert.AreEqual(copy.ParameterCount - copy.Pooler!.Weight.numel() - copy.Pooler.Bias!.numel() + TinyTask.Classes * (copy.HiddenSize + 1L),
            classifier.Parameters.Sum(p => p.Value.numel()), "Everything but the pooler, which mean pooling does not use.");
        TinyTask.Train(classifier, Marked(120, seed: 1), new TrainingOptions { MaxEpochs = 6, BatchSize = 16, LearningRate = 1e-3, HeadLearningRate = 1e-2 });
        double accuracy = Evaluator.Evaluate(classifier, Marked(60, seed: 2)).Metrics.Accuracy;
        Assert.IsGreaterThan(0.8, accuracy, "A third is guessing.");
        Assert.AreEqual(before, Hash(shared.Model), "The shared base was written.");
        Assert.AreNotEqual(before, Hash(copy));
        Assert.IsTrue(shared.Model.Weights.Values.All(w => !w.requires_grad));
    }

    /// <summary>Rows of random tokens, the class being the token that stands in the middle.</summary>
    private static TrainingSet Marked(int count, ulong seed)
    {
        var set = new TrainingSet(TinyTask.Classes);
        for (int i = 0; i < count; i++)
        {
            int[] ids = [.. Enumerable.Range(0, 7 + i % 5).Select(t => 10 + (int)(CounterRandom.UInt32(CounterRandom.Key(seed, RandomStreams.Synthetic, (ulong)i), (uint)t) % 40))];
            ids[3] = 1 + i % TinyTask.Classes;
            set.Add(ids, [], i % TinyTask.Classes);
        }

        return set;
    }

    private static SequenceClassifier Full(EncoderModel model, PoolingMode pooling) =>
        SequenceClassifier.CreateFull(model, new Pooling(new PoolingSettings(pooling), model), TinyTask.Classes, 0, 1);

    /// <summary>Mean cross entropy against class i % classes, with fixed dropout masks; optionally leaves the gradients.</summary>
    private static double Loss(SequenceClassifier classifier, TokenizedRow[] rows, bool backward)
    {
        using DisposeScope scope = NewDisposeScope();
        using PackedBatch batch = PackedBatch.Create(rows);
        var context = new ForwardContext { Batch = batch, Training = true, Seed = 9, Step = 1, ComputeType = ComputeType.Float32 };
        return LossOf(classifier.Logits(context), [.. batch.Order.Select(i => i % classifier.Classes)], classifier.Classes, backward);
    }

    private static double LossOf(Tensor logits, int[] labels, int classes, bool backward)
    {
        var loss = new ClassificationLoss(classes);
        float[] values = logits.Floats(), gradient = new float[values.Length];
        double[] rowGradient = new double[classes];
        double sum = 0;
        for (int i = 0; i < labels.Length; i++)
        {
            sum += loss.Row(Array.ConvertAll(values[(i * classes)..((i + 1) * classes)], x => (double)x), labels[i], 1, rowGradient);
            for (int c = 0; c < classes; c++)
                gradient[i * classes + c] = (float)(rowGradient[c] / labels.Length);
        }

        if (backward)
        {
            (logits * tensor(gradient, labels.Length, classes)).sum().backward();
            HandedOver.Clear();
        }

        return sum / labels.Length;
    }

    private static void CompareNorms(string folder, GoldenTensors tensors, string tag, GoldenBatch golds, JsonElement norms)
    {
        using DisposeScope scope = NewDisposeScope();
        EncoderModel copy = TrainableCopy.Load(BaseModel.FromDirectory(folder).Files, CPU);
        using var file = new GoldenTensors(Path.Combine(folder, "model.safetensors"));
        int classes = file.Shape("classifier.weight")[0];
        using SequenceClassifier classifier = SequenceClassifier.CreateFull(copy, new Pooling(new PoolingSettings(PoolingMode.Pooler), copy), classes, 0, 1);
        ParameterValues.Write(classifier.Head.Weight, file.Floats("classifier.weight"));
        ParameterValues.Write(classifier.Head.Bias, file.Floats("classifier.bias"));
        using PackedBatch batch = PackedBatch.Create(golds.Rows);
        long[] labels = tensors.Longs($"{tag}.in.labels");
        double loss = LossOf(classifier.Logits(new ForwardContext { Batch = batch }), [.. batch.Order.Select(i => (int)labels[i])], classes, backward: true);
        GoldenAssert.Near(tensors.Floats($"{tag}.out.loss")[0], loss, GoldenTolerances.ModelFloat32, "loss");

        var own = new Dictionary<string, double>();
        foreach (TrainableParameter parameter in classifier.Parameters)
        {
            string name = parameter.Name[PeftFormat.ModelPrefix.Length..];
            float[] gradient = ParameterValues.Read(parameter.Value.grad!);
            string[] parts = name.Split('+');
            for (int i = 0; i < parts.Length; i++)
            {
                ReadOnlySpan<float> part = gradient.AsSpan(i * gradient.Length / parts.Length, gradient.Length / parts.Length);
                double sum = 0;
                foreach (float g in part)
                    sum += (double)g * g;
                own.Add(i == 0 ? parts[i] : copy.PathPrefix + parts[i], Math.Sqrt(sum));
            }
        }

        foreach (JsonProperty norm in norms.EnumerateObject())
        {
            double recorded = norm.Value.GetDouble();
            Assert.IsTrue(own.Remove(norm.Name, out double ours), $"No gradient of '{norm.Name}'.");
            // Keys' biases have no gradient in exact arithmetic; what is left is float32's rounding of the others.
            GoldenAssert.Near(recorded, ours, GradientNorms * recorded + 1e-6, norm.Name);
        }

        Assert.IsEmpty(own, $"Gradients that were not recorded: {string.Join(", ", own.Keys)}");
    }

    private static string Hash(EncoderModel model)
    {
        using var hash = System.Security.Cryptography.IncrementalHash.CreateHash(System.Security.Cryptography.HashAlgorithmName.SHA256);
        foreach (Tensor weight in model.Weights.OrderBy(w => w.Key, StringComparer.Ordinal).Select(w => w.Value))
            hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(ParameterValues.Read(weight).AsSpan()));
        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
