using Microsoft.ML.Data;
using Microsoft.ML.Lora.Models;
using Microsoft.ML.Lora.Text;
using Microsoft.ML.Runtime;
using TorchSharp;

namespace Microsoft.ML.Lora.Estimators;

/// <summary>
/// Scores rows with a classifier that can be exchanged while it scores: each pass takes the version that stands when it begins, and keeps it. The
/// exchange is one atomic write; neither side waits for the other.
/// </summary>
internal sealed class ClassifierScorer : IRowScorer, IDisposable
{
    private readonly IHost _host;
    private ClassifierVersion _version;
    private BaseModel? _baseModel;

    /// <param name="host">Where warnings go, and whose device is used.</param>
    /// <param name="state">The classifier.</param>
    /// <param name="baseModel">Its base; null to look for it at the first use.</param>
    public ClassifierScorer(IHost host, ClassifierState state, BaseModel? baseModel)
    {
        _host = host;
        _version = new ClassifierVersion(state);
        _baseModel = baseModel;
    }

    /// <summary>The classifier as it is now.</summary>
    public ClassifierState State => Volatile.Read(ref _version).State;

    /// <summary>Uses this base from now on.</summary>
    /// <exception cref="BaseModelException">It is not the one the classifier was trained on.</exception>
    public void Bind(BaseModel baseModel)
    {
        baseModel.Verify(State.Base.Reference);
        Volatile.Write(ref _baseModel, baseModel);
        Dispose();
    }

    /// <summary>The base, bound or found.</summary>
    /// <exception cref="BaseModelException">The base is not found.</exception>
    public BaseModel FindBase() => FindBase(State);

    /// <summary>Finds the base and loads it, unless that has been done.</summary>
    /// <exception cref="BaseModelException">The base is not found, or is another one.</exception>
    public void EnsureBound()
    {
        ClassifierVersion version = Current(out ScoringModel model);
        model.Release();
        _ = version.Encoder.Value;
    }

    /// <summary>Takes over another classifier. What it needs is loaded before the exchange, while passes go on with the old one.</summary>
    /// <exception cref="BaseModelException">Its base is not found.</exception>
    public void Exchange(ClassifierScorer other)
    {
        if (ReferenceEquals(other, this))
            return;
        ClassifierVersion theirs = other.Current(out ScoringModel model);
        _ = theirs.Encoder.Value;
        Interlocked.Exchange(ref _version, new ClassifierVersion(theirs.State, theirs.Encoder, model)).Retire();
    }

    /// <inheritdoc/>
    public IEnumerable<DataViewSchema.Column> InputColumns(DataViewSchema schema) => TextInput.ColumnsOf(schema, State.Settings.Columns);

    /// <inheritdoc/>
    public IScoringPass Open(DataViewRow input)
    {
        ClassifierVersion version = Current(out ScoringModel model);
        return new Pass(version, model, input);
    }

    /// <inheritdoc/>
    public Delegate CreateGetter(int added, DataViewSchema.Column column, Func<Scored> current) =>
        added == OutputGetters.PredictedLabel ? OutputGetters.Key(current) : OutputGetters.Vector(current);

    /// <summary>Gives native memory back; the next use takes it again.</summary>
    public void Dispose() => Volatile.Read(ref _version).Release();

    private ClassifierVersion Current(out ScoringModel model)
    {
        while (true)
        {
            ClassifierVersion version = Volatile.Read(ref _version);
            if (version.Borrow(Load) is not { } borrowed)
                continue;
            model = borrowed;
            return version;
        }
    }

    private ScoringModel Load(ClassifierState state)
    {
        torch.Device device = ComputeDevice.Choose(_host, Warn);
        return new ScoringModel(state, FindBase(state), device);
    }

    private BaseModel FindBase(ClassifierState state)
    {
        BaseModel? baseModel = Volatile.Read(ref _baseModel);
        if (baseModel is null)
        {
            baseModel = BaseModelLocator.Find(state.Base.Reference, state.IncludedBaseFolder ?? state.Base.Folder);
            Interlocked.CompareExchange(ref _baseModel, baseModel, null);
        }

        return baseModel;
    }

    private void Warn(string text)
    {
        using IChannel channel = _host.Start("Scoring");
        channel.Warning(MessageSensitivity.None, text);
    }

    private sealed class Pass(ClassifierVersion version, ScoringModel model, DataViewRow input) : IScoringPass
    {
        private readonly TextInput _text = new(input, version.State.Settings.Columns.Sentence1, version.State.Settings.Columns.Sentence2);
        private ScoringModel? _model = model;

        public TokenizedRow Read(out bool truncated)
        {
            TokenizedText text = _text.Read(version.Encoder.Value);
            truncated = text.Truncated;
            return new TokenizedRow(text.Ids, text.TypeIds, ExampleId: 0);
        }

        public IPendingScores Start(IReadOnlyList<TokenizedRow> rows)
        {
            ObjectDisposedException.ThrowIf(_model is null, this);
            return ScoringLanes.Shared.Start(_model, rows);
        }

        public void Dispose() => Interlocked.Exchange(ref _model, null)?.Release();
    }
}
