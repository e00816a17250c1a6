using Microsoft.ML.Lora;
using Microsoft.ML.Lora.Checkpoints;
using Microsoft.ML.Lora.Estimators;
using Microsoft.ML.Lora.MLNetInterop;

namespace Microsoft.ML;

/// <summary>LoRA fine-tuning in the catalogs of <see cref="MLContext"/>.</summary>
public static class LoraCatalog
{
    /// <summary>
    /// Fine-tunes a text classifier: a small adapter (LoRA) and a classification head on a frozen Hugging Face encoder.
    /// The first nine parameters are those of ML.NET's own <c>TextClassification</c>, <c>architecture</c> being <paramref name="baseModel"/>.
    /// </summary>
    /// <param name="catalog">The trainers catalog.</param>
    /// <param name="labelColumnName">The label: a key of any key type, as <c>MapValueToKey</c> makes it.</param>
    /// <param name="scoreColumnName">The column of scores to add: a vector of float with the probability of each class.</param>
    /// <param name="outputColumnName">The column of predicted labels to add: a key with the label's key values.</param>
    /// <param name="sentence1ColumnName">The text to classify.</param>
    /// <param name="sentence2ColumnName">A second text, where pairs are classified.</param>
    /// <param name="batchSize">Rows per optimizer step, at least 1.</param>
    /// <param name="maxEpochs">Passes over the training rows, at least 1.</param>
    /// <param name="baseModel">The model to adapt; default: <see cref="BaseModel.MiniEncoder"/>, from the package Microsoft.ML.Lora.MiniEncoder.</param>
    /// <param name="validationSet">Rows to choose the best epoch on and to calibrate the scores; default: none, and the last epoch is kept.</param>
    /// <param name="lora">The adapters; default: rank 8, alpha 16, dropout 0.1 on query, key and value.</param>
    /// <param name="learningRate">Highest learning rate, reached after a linear warmup and followed by a linear decay; greater than 0.</param>
    /// <param name="exampleWeightColumnName">How much each row counts: a float of at least 0; default: all the same.</param>
    /// <param name="progress">Told after each step and each evaluation.</param>
    /// <param name="cancellationToken">Ends <c>Fit</c> with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ArgumentException">An argument is not valid; the message names every problem.</exception>
    /// <example>
    /// <code>
    /// var pipeline = ml.Transforms.Conversion.MapValueToKey("Label")
    ///     .Append(ml.MulticlassClassification.Trainers.LoraTextClassification(sentence1ColumnName: "Text"))
    ///     .Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
    /// </code>
    /// </example>
    public static LoraTextClassificationTrainer LoraTextClassification(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        string labelColumnName = "Label",
        string scoreColumnName = "Score",
        string outputColumnName = "PredictedLabel",
        string sentence1ColumnName = "Sentence1",
        string? sentence2ColumnName = null,
        int batchSize = 32,
        int maxEpochs = 10,
        BaseModel? baseModel = null,
        IDataView? validationSet = null,
        LoraOptions? lora = null,
        double learningRate = 1e-3,
        string? exampleWeightColumnName = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
        LoraTextClassification(catalog, new LoraTextClassificationTrainer.Options
        {
            LabelColumnName = labelColumnName,
            ScoreColumnName = scoreColumnName,
            PredictionColumnName = outputColumnName,
            Sentence1ColumnName = sentence1ColumnName,
            Sentence2ColumnName = sentence2ColumnName,
            ExampleWeightColumnName = exampleWeightColumnName,
            BaseModel = baseModel,
            ValidationSet = validationSet,
            Lora = lora ?? new LoraOptions(),
            Training = new TrainingOptions { BatchSize = batchSize, MaxEpochs = maxEpochs, LearningRate = learningRate },
            Progress = progress,
            CancellationToken = cancellationToken,
        });

    /// <summary>Fine-tunes a text classifier, with every option.</summary>
    /// <param name="catalog">The trainers catalog.</param>
    /// <param name="options">The options; copied.</param>
    /// <exception cref="ArgumentException">An option is not valid; the message names every problem.</exception>
    public static LoraTextClassificationTrainer LoraTextClassification(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        LoraTextClassificationTrainer.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(options);
        return new LoraTextClassificationTrainer(HostSettings.EnvironmentOf(catalog), options);
    }

    /// <summary>
    /// Saves a model as <see cref="ModelOperationsCatalog.Save(ITransformer, DataViewSchema, string)"/> does, but so that the file is
    /// either the old one or the complete new one: it is written beside, flushed to disk and renamed.
    /// </summary>
    /// <param name="catalog">The model catalog.</param>
    /// <param name="model">The model to save.</param>
    /// <param name="inputSchema">The schema of the data it takes; may be null.</param>
    /// <param name="filePath">Where to save it.</param>
    /// <exception cref="IOException">The disk is full or the folder cannot be written; the old file is unchanged.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder is read-only; the old file is unchanged.</exception>
    public static void SaveAtomic(this ModelOperationsCatalog catalog, ITransformer model, DataViewSchema? inputSchema, string filePath)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(filePath);
        AtomicFile.Write(filePath, stream => catalog.Save(model, inputSchema, stream));
    }

    /// <summary>Saves a model with its data loader, so that the file is either the old one or the complete new one.</summary>
    /// <typeparam name="TSource">What the loader reads from.</typeparam>
    /// <param name="catalog">The model catalog.</param>
    /// <param name="model">The model to save.</param>
    /// <param name="loader">The loader to save with it.</param>
    /// <param name="filePath">Where to save it.</param>
    /// <exception cref="IOException">The disk is full or the folder cannot be written; the old file is unchanged.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder is read-only; the old file is unchanged.</exception>
    public static void SaveAtomic<TSource>(
        this ModelOperationsCatalog catalog, ITransformer model, IDataLoader<TSource> loader, string filePath)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(loader);
        ArgumentException.ThrowIfNullOrEmpty(filePath);
        AtomicFile.Write(filePath, stream => catalog.Save(model, loader, stream));
    }

    /// <summary>
    /// Swaps the adapter of a live model for that of another: <see cref="LoraTextClassificationTransformer.SwapAdapter"/> for the classifiers inside two
    /// pipelines' models.
    /// </summary>
    /// <param name="catalog">The model catalog.</param>
    /// <param name="live">The model that is in use; it holds exactly one LoRA text classifier.</param>
    /// <param name="replacement">The model to take adapter, head and calibration from; it holds exactly one, too.</param>
    /// <exception cref="ArgumentException">A model has none or several, or the two do not fit together; nothing has changed.</exception>
    /// <example>
    /// <code>
    /// ml.Model.SwapLoraAdapter(model, ml.Model.Load("model-2.zip", out _));
    /// </code>
    /// </example>
    public static void SwapLoraAdapter(this ModelOperationsCatalog catalog, ITransformer live, ITransformer replacement)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(live);
        ArgumentNullException.ThrowIfNull(replacement);
        ClassifierFinder.Single(live, nameof(live)).SwapAdapter(ClassifierFinder.Single(replacement, nameof(replacement)));
    }

    /// <summary>Loads a base model that many adapters share: see <see cref="LoraAdapterPool"/>.</summary>
    /// <param name="catalog">The model catalog.</param>
    /// <param name="baseModel">The base; default: <see cref="BaseModel.MiniEncoder"/>, from the package Microsoft.ML.Lora.MiniEncoder.</param>
    /// <param name="options">How the pool works; null: the defaults.</param>
    /// <returns>An empty pool; the caller disposes it.</returns>
    /// <exception cref="BaseModelException">The base model is not there.</exception>
    /// <exception cref="LoraFormatException">A file of the base model is damaged or of an unknown kind.</exception>
    /// <example>
    /// <code>
    /// using LoraAdapterPool pool = ml.Model.CreateLoraAdapterPool(BaseModel.FromDirectory("all-MiniLM-L6-v2"));
    /// pool.Load("contoso", "contoso.zip");
    /// pool.Load("fabrikam", "fabrikam-peft", labels: ["bug", "question"]);
    /// LoraPrediction prediction = pool.Predict("contoso", "Where is my order?");
    /// </code>
    /// </example>
    public static LoraAdapterPool CreateLoraAdapterPool(
        this ModelOperationsCatalog catalog, BaseModel? baseModel = null, LoraAdapterPoolOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new LoraAdapterPool(catalog, baseModel ?? BaseModel.MiniEncoder, options ?? new LoraAdapterPoolOptions());
    }
}
