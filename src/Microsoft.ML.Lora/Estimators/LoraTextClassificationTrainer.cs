using Microsoft.ML.Data;
using Microsoft.ML.Lora.Adapters;
using Microsoft.ML.Lora.Data;
using Microsoft.ML.Lora.Estimators;
using Microsoft.ML.Lora.MLNetInterop;
using Microsoft.ML.Lora.Models;
using Microsoft.ML.Lora.Text;
using Microsoft.ML.Lora.Training;
using Microsoft.ML.Runtime;
using TorchSharp;

namespace Microsoft.ML.Lora;

/// <summary>
/// Trains a text classifier by LoRA: a frozen Hugging Face encoder, low-rank adapters on its attention and a classification head.
/// Made by <see cref="LoraCatalog"/>.
/// </summary>
/// <remarks>
/// <para>Input columns</para>
/// <list type="table">
/// <listheader><term>Column</term><description>Type</description></listheader>
/// <item><term>label</term><description>Key of any key type. A row with a missing label is skipped, counted and logged.</description></item>
/// <item><term>sentence 1, sentence 2</term><description>Text. Empty text is valid. Longer ones than the model takes are cut, counted and logged.</description></item>
/// <item><term>example weight</term><description>Single, at least 0; optional.</description></item>
/// </list>
/// <para>Output columns</para>
/// <list type="table">
/// <listheader><term>Column</term><description>Type</description></listheader>
/// <item><term>PredictedLabel</term><description>Key with the label's key values: the class with the largest score.</description></item>
/// <item><term>Score</term><description>Vector of Single: the probability of each class of the label's key type; the sum is 1.</description></item>
/// </list>
/// <para>The base model is never written. Same seed, data, options and machine: same model, to the last bit.</para>
/// </remarks>
public sealed partial class LoraTextClassificationTrainer : IEstimator<LoraTextClassificationTransformer>
{
    // Below this a row has hardly room for a word beside the special tokens.
    private const int MinimumLength = 8;

    private readonly IHost _host;
    private readonly Options _options;

    internal LoraTextClassificationTrainer(IHostEnvironment env, Options options)
    {
        _options = options.CheckedCopy();
        _host = env.Register(nameof(LoraTextClassificationTrainer));
    }

    /// <summary>The columns that <see cref="Fit"/>'s result will give, for a pipeline that is checked before there is data.</summary>
    /// <param name="inputSchema">The shape of the input.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        SchemaShape.Column label = InputColumns.CheckShape(inputSchema, _options.Columns);
        return OutputShape.AddMulticlassOutput(inputSchema, label, _options.PredictionColumnName, _options.ScoreColumnName);
    }

    /// <summary>Trains.</summary>
    /// <param name="input">The training rows, read once.</param>
    /// <returns>The classifier.</returns>
    /// <exception cref="ArgumentException">A column is missing or of another type, or there is nothing to learn from the rows.</exception>
    /// <exception cref="BaseModelException">The base model is not there.</exception>
    /// <exception cref="LoraFormatException">A file of the base model is damaged or of an unknown kind.</exception>
    /// <exception cref="TrainingDivergedException">The loss became infinite or not a number.</exception>
    /// <exception cref="OperationCanceledException">The training was cancelled.</exception>
    /// <exception cref="IOException">A checkpoint or the cache of token ids could not be written; the last checkpoint is intact.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder for checkpoints has become read-only; the last checkpoint is intact.</exception>
    public LoraTextClassificationTransformer Fit(IDataView input) => Run(input, prepared =>
    {
        using TrainingSet? validation = _options.ValidationSet is null ? null : prepared.Reader.ReadValidation(_options.ValidationSet, prepared.Labels);
        TrainingResult result = Trainer.Run(
            prepared.Classifier, prepared.Training, validation, _options.Training, prepared.Seed, _options.Progress, prepared.Info, prepared.Warn, prepared.Cancellation);
        return new LoraTextClassificationTransformer(_host, StateOf(prepared, result), prepared.BaseModel);
    });

    /// <summary>
    /// Tries rising learning rates in a short training and suggests one (Smith 2015, arXiv 1506.01186, section 3.3). Nothing of it remains: what
    /// <see cref="Fit"/> does afterwards is the same as without.
    /// </summary>
    /// <param name="input">The training rows, read once.</param>
    /// <param name="options">Which rates, and how many steps; null: from 1e-6 to 1 in 100 steps.</param>
    /// <returns>The loss at each rate, and the rate where it falls most steeply.</returns>
    /// <exception cref="ArgumentException">An option is not valid, a column is missing or of another type, or there is nothing to learn from the rows.</exception>
    /// <exception cref="BaseModelException">The base model is not there.</exception>
    /// <exception cref="OperationCanceledException">The search was cancelled.</exception>
    public LearningRateCurve FindLearningRate(IDataView input, LearningRateFinderOptions? options = null)
    {
        options ??= new LearningRateFinderOptions();
        options.Validate();
        return Run(input, prepared => LearningRateFinder.Run(
            prepared.Classifier, prepared.Training, _options.Training, options, prepared.Seed, prepared.Warn, prepared.Cancellation));
    }

    /// <summary>What a training begins with.</summary>
    private sealed record Prepared(
        SequenceClassifier Classifier, TrainingSet Training, ExampleReader Reader, LabelInfo Labels, RowEncoder Encoder, BaseModel BaseModel,
        InjectionReport Report, ulong Seed, Action<string> Info, Action<string> Warn, CancellationToken Cancellation);

    private T Run<T>(IDataView input, Func<Prepared, T> use)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var cancellation = new LinkedCancellation(_host, _options.CancellationToken);
        try
        {
            return Run(input, cancellation.Token, use);
        }
        catch (OperationCanceledException e) when (cancellation.Token.IsCancellationRequested)
        {
            // The caller's own token in the exception, not the linked one that nobody knows.
            throw _options.CancellationToken.IsCancellationRequested
                ? new OperationCanceledException("The training was cancelled by its CancellationToken.", e, _options.CancellationToken)
                : new OperationCanceledException("The training was cancelled by ML.NET.", e);
        }
    }

    private T Run<T>(IDataView input, CancellationToken cancellation, Func<Prepared, T> use)
    {
        using IChannel channel = _host.Start("Training");
        void Info(string text) => channel.Info(MessageSensitivity.Schema, text);
        void Warn(string text) => channel.Warning(MessageSensitivity.Schema, text);

        ColumnNames columns = _options.Columns;
        LabelInfo labels = CheckInput(input.Schema, columns);
        if (_options.ValidationSet is { } validationView)
            _ = CheckInput(validationView.Schema, columns);

        cancellation.ThrowIfCancellationRequested();
        ulong seed = unchecked((ulong)(long)(_options.Seed ?? HostSettings.Seed(_host) ?? 0));

        LoraTextClassificationTransformer? earlier = _options.WarmStartFrom is { } model ? ClassifierFinder.In(model).Single() : null;
        BaseModel baseModel = _options.BaseModel ?? earlier?.FindBase() ?? BaseModel.MiniEncoder;
        torch.Device device = ComputeDevice.Choose(_host, Warn);

        using var threads = new ThreadCountScope(_options.Training.ThreadCount);
        // Whatever grad mode and dispose scope the caller's thread is in.
        using IDisposable gradients = torch.enable_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        using BaseModelHandle handle = baseModel.Acquire(_options.Training.ComputeType, device);
        RowEncoder encoder = RowEncoder.Create(HuggingFaceTokenizer.Load(baseModel.Directory), handle.Model.Config, _options.MaxLength);
        var pooling = new Pooling(baseModel.Pooling, handle.Model);
        using SequenceClassifier classifier = SequenceClassifier.Create(
            handle.Model, pooling, _options.Lora, labels.ClassCount, _options.Training.HeadDropout, seed, out InjectionReport report);

        if (earlier is not null)
            BeginWith(earlier.State, baseModel, classifier, labels, Info, Warn);
        var reader = new ExampleReader(columns, encoder, TokenCache.From(_options.Training), Warn, cancellation);
        using TrainingSet training = reader.ReadTraining(input, labels);
        Info($"Base model '{baseModel.Id}', {baseModel.Pooling} pooling, at most {encoder.MaxLength} tokens a row. {report}");
        return use(new Prepared(classifier, training, reader, labels, encoder, baseModel, report, seed, Info, Warn, cancellation));
    }

    private static void BeginWith(
        ClassifierState earlier, BaseModel baseModel, SequenceClassifier classifier, LabelInfo labels, Action<string> info, Action<string> warn)
    {
        baseModel.Verify(earlier.Base.Reference);
        if (baseModel.Pooling.ToString() != earlier.Pooling.ToString())
        {
            throw new ArgumentException(
                $"Options.WarmStartFrom pools by {earlier.Pooling}, the base model by {baseModel.Pooling}; set BaseModelOptions.Pooling to {earlier.Pooling}.");
        }

        int[] classes = labels.PositionsIn(earlier.Labels);
        int known = classes.Count(position => position >= 0);
        WarmStart.Load(classifier, PeftFormat.Read(earlier.AdapterConfig, earlier.AdapterWeights), classes);
        string text = $"Warm start: adapters of {classifier.Adapter?.Parts.Count ?? 0} layers and {known} of {classes.Length} classes come from the earlier model.";
        if (known == 0)
            warn(text + " No label has the value of an earlier one, so the head begins afresh.");
        else
            info(text);
    }

    private ClassifierState StateOf(Prepared prepared, TrainingResult result)
    {
        var settings = new ClassifierSettings
        {
            Columns = _options.Columns,
            MaxLength = prepared.Encoder.MaxLength,
            ComputeType = _options.Training.ComputeType,
            Merge = _options.Merge,
            Deterministic = _options.Deterministic,
            TrainableParameters = prepared.Report.TrainableParameters,
            AllParameters = prepared.Report.AllParameters,
        };
        return ClassifierState.Of(
            prepared.Classifier, prepared.Encoder, prepared.Labels, prepared.BaseModel, result.History, settings, _options.IncludeBaseModel);
    }

    private LabelInfo CheckInput(DataViewSchema schema, ColumnNames columns)
    {
        _ = TextInput.ColumnsOf(schema, columns).Count();
        if (columns.Weight is not null)
            _ = InputColumns.Weight(schema, columns.Weight);
        return LabelInfo.FromColumn(InputColumns.Label(schema, columns.Label));
    }
}
