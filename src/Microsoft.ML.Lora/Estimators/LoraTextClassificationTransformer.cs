using Microsoft.ML.Data;
using Microsoft.ML.Lora.Data;
using Microsoft.ML.Lora.Estimators;
using Microsoft.ML.Lora.MLNetInterop;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Lora;

/// <summary>
/// A trained text classifier: adds the predicted label and the probability of each class. It is saved with ML.NET's <c>Model.Save</c>
/// and comes back from a plain <c>Model.Load</c> in any process.
/// </summary>
/// <remarks>
/// <para>
/// The zip holds the adapter and the head, not the base model. After loading, the base model is looked for when the classifier is first
/// used; <see cref="BindBase"/> names it instead. Base models are loaded once per process and shared.
/// </para>
/// <para>
/// Safe for any number of threads. Native memory is taken at the first use and given back by <see cref="Dispose"/>, or some time after
/// the last reference to the classifier is gone. A classifier can be used after it was disposed, as it is when a <c>PredictionEngine</c>
/// has disposed it: it takes its memory again.
/// </para>
/// </remarks>
public sealed class LoraTextClassificationTransformer : ITransformer, IDisposable
{
    private readonly IHost _host;
    private readonly ClassifierState _state;
    private readonly ClassifierScorer _scorer;

    internal LoraTextClassificationTransformer(IHostEnvironment env, ClassifierState state, BaseModel? baseModel)
    {
        _host = env.Register(nameof(LoraTextClassificationTransformer));
        _state = state;
        _scorer = new ClassifierScorer(_host, state, baseModel);
    }

    /// <summary>Whether single rows can be mapped: yes.</summary>
    public bool IsRowToRowMapper => true;

    /// <summary>How the training went, epoch by epoch.</summary>
    public TrainingHistory History => _state.History;

    /// <summary>Parameters that were trained: adapters and head.</summary>
    public long TrainableParameters => _state.Settings.TrainableParameters;

    /// <summary>Those and the base model's.</summary>
    public long AllParameters => _state.Settings.AllParameters;

    /// <summary>Number of classes, which is the length of the score vector.</summary>
    public int ClassCount => _state.Labels.ClassCount;

    /// <summary>What is saved.</summary>
    internal ClassifierState State => _state;

    /// <summary>Gives the classifier its base model, instead of letting it look for the one it was trained on.</summary>
    /// <param name="baseModel">The same model, wherever it lies.</param>
    /// <exception cref="BaseModelException">It is another model; the message says which one was expected.</exception>
    public void BindBase(BaseModel baseModel)
    {
        ArgumentNullException.ThrowIfNull(baseModel);
        _scorer.Bind(baseModel);
    }

    /// <summary>The input's columns, then the predicted label and the scores.</summary>
    /// <param name="inputSchema">The schema of the input.</param>
    /// <exception cref="ArgumentOutOfRangeException">A text column is missing or of another type.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return OutputColumns.Add(inputSchema, _state.Settings.Columns, _state.Labels);
    }

    /// <summary>Adds the two columns. Rows are scored many at a time, when a cursor reads them.</summary>
    /// <param name="input">The rows to classify.</param>
    /// <exception cref="ArgumentOutOfRangeException">A text column is missing or of another type.</exception>
    /// <exception cref="BaseModelException">The base model is not found, or is another one.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        DataViewSchema schema = GetOutputSchema(input.Schema);
        _scorer.EnsureBound();
        return new ScoredView(_scorer, _state.Settings.Columns, input, schema, WarnOfTruncation);
    }

    /// <summary>A mapper of single rows.</summary>
    /// <param name="inputSchema">The schema of the rows.</param>
    /// <exception cref="ArgumentOutOfRangeException">A text column is missing or of another type.</exception>
    /// <exception cref="BaseModelException">The base model is not found, or is another one.</exception>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        DataViewSchema schema = GetOutputSchema(inputSchema);
        _scorer.EnsureBound();
        return new ScoringRowMapper(_scorer, _state.Settings.Columns, inputSchema, schema);
    }

    /// <summary>Gives native memory back at once. May be called any number of times; the classifier stays usable.</summary>
    public void Dispose() => _scorer.Dispose();

    void ICanSaveModel.Save(ModelSaveContext ctx) => ModelArchive.Save(
        ctx, _state.ToFiles(), _state.IncludedBaseFolder is { } folder ? IncludedBaseModel.Files(folder) : []);

    private void WarnOfTruncation(long rows)
    {
        using IChannel channel = _host.Start("Scoring");
        channel.Warning(MessageSensitivity.None, $"{rows} rows are longer than {_state.Settings.MaxLength} tokens and were cut.");
    }
}
