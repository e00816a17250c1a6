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
    private readonly ClassifierScorer _scorer;

    internal LoraTextClassificationTransformer(IHostEnvironment env, ClassifierState state, BaseModel? baseModel)
    {
        _host = env.Register(nameof(LoraTextClassificationTransformer));
        _scorer = new ClassifierScorer(_host, state, baseModel);
    }

    /// <summary>Whether single rows can be mapped: yes.</summary>
    public bool IsRowToRowMapper => true;

    /// <summary>How the training went, epoch by epoch.</summary>
    public TrainingHistory History => State.History;

    /// <summary>Parameters that were trained: adapters and head.</summary>
    public long TrainableParameters => State.Settings.TrainableParameters;

    /// <summary>Those and the base model's.</summary>
    public long AllParameters => State.Settings.AllParameters;

    /// <summary>Number of classes, which is the length of the score vector.</summary>
    public int ClassCount => State.Labels.ClassCount;

    /// <summary>What is saved.</summary>
    internal ClassifierState State => _scorer.State;

    /// <summary>Its base model, bound or found.</summary>
    /// <exception cref="BaseModelException">The base is not found.</exception>
    internal BaseModel FindBase() => _scorer.FindBase();

    /// <summary>Gives the classifier its base model, instead of letting it look for the one it was trained on.</summary>
    /// <param name="baseModel">The same model, wherever it lies.</param>
    /// <exception cref="BaseModelException">It is another model; the message says which one was expected.</exception>
    public void BindBase(BaseModel baseModel)
    {
        ArgumentNullException.ThrowIfNull(baseModel);
        _scorer.Bind(baseModel);
    }

    /// <summary>
    /// Takes over the adapter, the head and the calibration of another classifier of the same base model and labels, while any number of threads score:
    /// a new version goes live without a restart and without a pause.
    /// </summary>
    /// <remarks>
    /// Whatever has to be loaded is loaded on the calling thread first; then the two are exchanged by one atomic write, which takes microseconds and makes
    /// no reader wait. A cursor that was opened before finishes with the old version, a <c>PredictionEngine</c> changes with its next prediction, and the
    /// memory of the old version is freed when its last reader leaves. Both classifiers share the memory afterwards; the other may be disposed or not.
    /// Saving saves the version that is live. To go back, swap in the old model again.
    /// </remarks>
    /// <param name="replacement">The other classifier, trained or loaded; it is not changed.</param>
    /// <exception cref="ArgumentException">Its columns, labels or base model are others; the message names each difference, and nothing has changed.</exception>
    /// <exception cref="BaseModelException">Its base model is not found.</exception>
    public void SwapAdapter(LoraTextClassificationTransformer replacement)
    {
        ArgumentNullException.ThrowIfNull(replacement);
        ClassifierExchange.Check(State, replacement.State, nameof(replacement));
        _scorer.Exchange(replacement._scorer);
    }

    /// <summary>The input's columns, then the predicted label and the scores.</summary>
    /// <param name="inputSchema">The schema of the input.</param>
    /// <exception cref="ArgumentOutOfRangeException">A text column is missing or of another type.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return OutputColumns.Add(inputSchema, State.Settings.Columns, State.Labels);
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
        return new ScoredView(_scorer, input, schema, WarnOfTruncation);
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
        return new ScoringRowMapper(_scorer, inputSchema, schema);
    }

    /// <summary>Gives native memory back at once. May be called any number of times; the classifier stays usable.</summary>
    public void Dispose() => _scorer.Dispose();

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ClassifierState state = State;
        ModelArchive.Save(ctx, state.ToFiles(), state.IncludedBaseFolder is { } folder ? IncludedBaseModel.Files(folder) : []);
    }

    private void WarnOfTruncation(long rows)
    {
        using IChannel channel = _host.Start("Scoring");
        channel.Warning(MessageSensitivity.None, $"{rows} rows are longer than {State.Settings.MaxLength} tokens and were cut.");
    }
}
