using Microsoft.ML.Data;

namespace Microsoft.ML.Lora.Tests.Estimators;

/// <summary>The pipeline on a tiny base model: keys, trainer, values.</summary>
internal static class TinyPipeline
{
    /// <summary>Options that teach the tiny model its three kinds of messages in about a second.</summary>
    public static LoraTextClassificationTrainer.Options Options(TinyBase tiny, int epochs = 12) => new()
    {
        Sentence1ColumnName = "Text",
        BaseModel = tiny.Model,
        Lora = new LoraOptions { Rank = 4, Alpha = 8 },
        Training = new TrainingOptions { BatchSize = 16, MaxEpochs = epochs, LearningRate = 1e-2, ComputeType = ComputeType.Float32 },
    };

    public static EstimatorChain<ITransformer> Create(MLContext ml, LoraTextClassificationTrainer.Options options) => ml.Transforms.Conversion
        .MapValueToKey("Label")
        .Append(ml.MulticlassClassification.Trainers.LoraTextClassification(options))
        .Append((IEstimator<ITransformer>)ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"));

    /// <summary>Fits on some messages.</summary>
    public static ITransformer Fit(MLContext ml, TinyBase tiny, int rows = 120, int epochs = 12, Action<LoraTextClassificationTrainer.Options>? change = null)
    {
        LoraTextClassificationTrainer.Options options = Options(tiny, epochs);
        change?.Invoke(options);
        return Create(ml, options).Fit(ml.Data.LoadFromEnumerable(Messages.Make(rows)));
    }

    /// <summary>The classifier inside a fitted pipeline.</summary>
    public static LoraTextClassificationTransformer Classifier(ITransformer model) =>
        ((IEnumerable<ITransformer>)model).OfType<LoraTextClassificationTransformer>().Single();

    /// <summary>The score vectors of some messages.</summary>
    public static float[][] Scores(MLContext ml, ITransformer model, IEnumerable<Message> messages) =>
        [.. model.Transform(ml.Data.LoadFromEnumerable(messages)).GetColumn<float[]>("Score")];
}
