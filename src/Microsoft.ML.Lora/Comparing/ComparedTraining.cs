using Microsoft.ML.Data;
using Microsoft.ML.Lora.Adapters;
using Microsoft.ML.Lora.Checkpoints;
using Microsoft.ML.Lora.Data;
using Microsoft.ML.Lora.Estimators;
using Microsoft.ML.Lora.Models;
using Microsoft.ML.Lora.Training;
using TorchSharp;

namespace Microsoft.ML.Lora.Comparing;

/// <summary>Trains and tests one method at a time on rows that are read once.</summary>
internal sealed class ComparedTraining(
    MLContext ml, BaseModel baseModel, torch.Device device, RowEncoder encoder, LabelInfo labels, ColumnNames columns, LoraComparisonOptions options,
    TrainingSet train, TrainingSet test, Action<string> say)
{
    /// <summary>One training and its test.</summary>
    public LoraComparisonRun Run(LoraComparisonMethod method, int seed)
    {
        TrainingOptions training = options.Training.Snapshot();
        training.LearningRate = method.LearningRate;
        training.HeadLearningRate = method.HeadLearningRate;
        GC.Collect();
        GC.WaitForPendingFinalizers();

        using IDisposable gradients = torch.enable_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        using var memory = new PeakMemory();
        using BaseModelHandle? shared = method.Lora is null ? null : baseModel.Acquire(training.ComputeType, device);
        using SequenceClassifier classifier = method.Lora is null
            ? Full(training, (ulong)seed)
            : SequenceClassifier.Create(shared!.Model, new Pooling(baseModel.Pooling, shared.Model), method.Lora, labels.ClassCount, training.HeadDropout, (ulong)seed, out _);
        long trained = classifier.Parameters.Sum(p => p.Value.numel());
        long all = classifier.Model.ParameterCount + classifier.Parameters.Where(p => p.Kind != ParameterKind.Base).Sum(p => p.Value.numel());
        TrainingResult result = Trainer.Run(classifier, train, null, training, (ulong)seed, null, say, say, options.CancellationToken);
        long peak = memory.Bytes;

        EvaluationResult evaluation = Evaluator.Evaluate(classifier, test, options.CancellationToken);
        double[][] logits = evaluation.LogitRows();
        int[] right = [.. Enumerable.Range(0, test.Count).Select(test.Label)];
        double temperature = result.History.Temperature;
        double[][] probabilities = [.. logits.Select(row => Probabilities(row, temperature))];
        return new LoraComparisonRun(
            method.Name, method.Kind, seed, evaluation.Metrics.Accuracy, evaluation.Metrics.MacroF1, trained, all, result.Elapsed.TotalSeconds, peak,
            method.Lora is null ? WeightBytes(classifier) : ZipBytes(classifier, result, trained, all), temperature,
            TemperatureCalibration.Reliability(logits, right, 1), TemperatureCalibration.Reliability(logits, right, temperature))
        {
            RocAuc = Defined(RankingMetrics.RocAuc(probabilities, right)),
            AveragePrecision = labels.ClassCount == 2 ? Defined(RankingMetrics.AveragePrecision(probabilities, right)) : null,
        };
    }

    private static double? Defined(double value) => double.IsNaN(value) ? null : value;

    /// <summary>What scoring gives.</summary>
    private static double[] Probabilities(double[] logits, double temperature)
    {
        double[] scaled = Array.ConvertAll(logits, z => z / temperature);
        double logSum = ClassificationLoss.LogSumExp(scaled);
        return Array.ConvertAll(scaled, z => Math.Exp(z - logSum));
    }

    private SequenceClassifier Full(TrainingOptions training, ulong seed)
    {
        EncoderModel copy = TrainableCopy.Load(baseModel.Files, device);
        try
        {
            return SequenceClassifier.CreateFull(copy, new Pooling(baseModel.Pooling, copy), labels.ClassCount, training.HeadDropout, seed);
        }
        catch
        {
            copy.Dispose();
            throw;
        }
    }

    /// <summary>What ml.Model.Save writes.</summary>
    private long ZipBytes(SequenceClassifier classifier, TrainingResult result, long trained, long all)
    {
        var settings = new ClassifierSettings
        {
            Columns = columns,
            MaxLength = encoder.MaxLength,
            ComputeType = options.Training.ComputeType,
            Merge = MergeMode.Auto,
            Deterministic = false,
            TrainableParameters = trained,
            AllParameters = all,
        };
        ClassifierState state = ClassifierState.Of(classifier, encoder, labels, baseModel, result.History, settings, includeBase: false);
        using var transformer = new LoraTextClassificationTransformer(ml, state, baseModel);
        using var zip = new MemoryStream();
        ml.Model.Save(transformer, null, zip);
        return zip.Length;
    }

    /// <summary>All weights and the head as a safetensors file.</summary>
    private static long WeightBytes(SequenceClassifier classifier)
    {
        using var file = new FileStream(
            Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16, FileOptions.DeleteOnClose);
        SafetensorsWriter.Write(file, classifier.Parameters.Select(p => SafetensorsItem.FromFloats(p.Name, p.Value.shape, ParameterValues.Read(p.Value))));
        return file.Length;
    }
}
