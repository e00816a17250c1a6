using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Lora;

namespace TextClassification;

/// <summary>This half trains.</summary>
internal sealed partial class IntentModel
{
    /// <summary>Share of the training rows that chooses the best epoch and calibrates the scores.</summary>
    private const double ValidationFraction = 0.1;

    /// <summary>The head begins from nothing and may move faster than the adapters; alone, faster still.</summary>
    private const double HeadLearningRate = 5e-3;

    private const double HeadOnlyLearningRate = 1e-2;

    /// <summary>Small batches: a few hundred rows make few steps.</summary>
    private const int BatchSize = 16;

    /// <summary>Keeps the model from being too sure after a few hundred rows.</summary>
    private const double LabelSmoothing = 0.1;

    /// <summary>
    /// Adapters on every projection of the encoder. The library's default, query, key and value, is enough for large models and data; here
    /// the feed-forward part adds some points.
    /// </summary>
    public static LoraOptions Adapters(int rank) => new()
    {
        Rank = rank,
        Alpha = 2 * rank,
        TargetModules = ["query", "key", "value", "intermediate.dense", "output.dense"],
    };

    /// <summary>Trains adapters and a classification head on the base model; with <see cref="LoraOptions.None"/> the head alone.</summary>
    public static ITransformer Train(
        MLContext ml, IDataView data, TrainSettings settings, LoraOptions lora, IProgress<TrainingProgress> progress, CancellationToken cancellationToken)
    {
        var options = new LoraTextClassificationTrainer.Options
        {
            LabelColumnName = nameof(ModelInput.Label),
            Sentence1ColumnName = nameof(ModelInput.Text),
            BaseModel = settings.BaseModelDirectory is { } directory ? BaseModel.FromDirectory(directory) : BaseModel.MiniEncoder,
            Lora = lora,
            Training = new TrainingOptions
            {
                MaxEpochs = settings.Epochs,
                BatchSize = BatchSize,
                LearningRate = settings.LearningRate,
                HeadLearningRate = lora.IsNone ? HeadOnlyLearningRate : HeadLearningRate,
                LabelSmoothing = LabelSmoothing,
                ValidationFraction = ValidationFraction,
                CheckpointDirectory = settings.CheckpointDirectory,
            },
            Progress = progress,
            CancellationToken = cancellationToken,
        };
        var pipeline = ml.Transforms.Conversion.MapValueToKey(nameof(ModelInput.Label))
            .Append(ml.MulticlassClassification.Trainers.LoraTextClassification(options))
            .Append(ml.Transforms.Conversion.MapKeyToValue(nameof(ModelOutput.PredictedLabel)));
        return pipeline.Fit(data);
    }

    /// <summary>Writes the model so that a reader never sees half a file.</summary>
    public static void Save(MLContext ml, ITransformer model, DataViewSchema inputSchema, string path) => ml.Model.SaveAtomic(model, inputSchema, path);

    /// <summary>Scores the rows and compares with their labels.</summary>
    public static Evaluation Evaluate(MLContext ml, ITransformer model, IDataView data)
    {
        IDataView scored = model.Transform(data);
        MulticlassClassificationMetrics metrics = ml.MulticlassClassification.Evaluate(scored);
        return new Evaluation(LabelsOf(scored.Schema), metrics.ConfusionMatrix.Counts);
    }

    /// <summary>Our transformer among those of a pipeline.</summary>
    internal static LoraTextClassificationTransformer FindClassifier(ITransformer model) =>
        (model as IEnumerable<ITransformer>)?.OfType<LoraTextClassificationTransformer>().FirstOrDefault()
            ?? model as LoraTextClassificationTransformer
            ?? throw new UserError("The model holds no LoRA text classifier.");
}
