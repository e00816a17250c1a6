using Microsoft.ML.Lora.Data;
using Microsoft.ML.Lora.Models;
using Microsoft.ML.Lora.Text;
using Microsoft.ML.Runtime;
using TorchSharp;

namespace Microsoft.ML.Lora.Estimators;

/// <summary>
/// Scores rows with a classifier whose native side comes and goes: it is made when first needed, given back by <see cref="Dispose"/>,
/// and made again if the classifier is used after that.
/// </summary>
internal sealed class ClassifierScorer : IRowScorer, IDisposable
{
    private readonly object _lock = new();
    private readonly IHost _host;
    private readonly ClassifierState _state;
    private readonly Lazy<RowEncoder> _encoder;
    private BaseModel? _baseModel;
    private ScoringModel? _model;

    /// <param name="host">Where warnings go, and whose device is used.</param>
    /// <param name="state">The classifier.</param>
    /// <param name="baseModel">Its base; null to look for it at the first use.</param>
    public ClassifierScorer(IHost host, ClassifierState state, BaseModel? baseModel)
    {
        _host = host;
        _state = state;
        _baseModel = baseModel;
        _encoder = new Lazy<RowEncoder>(() => new RowEncoder(
            HuggingFaceTokenizer.Load(state.Tokenizer.Select(file => (file.Name, file.Content))), state.Settings.MaxLength));
    }

    /// <inheritdoc/>
    public int ClassCount => _state.Labels.ClassCount;

    /// <summary>Uses this base from now on.</summary>
    /// <exception cref="BaseModelException">It is not the one the classifier was trained on.</exception>
    public void Bind(BaseModel baseModel)
    {
        baseModel.Verify(_state.Base.Reference);
        lock (_lock)
        {
            _baseModel = baseModel;
            ReleaseModel();
        }
    }

    /// <summary>Finds the base and loads it, unless that has been done.</summary>
    /// <exception cref="BaseModelException">The base is not found, or is another one.</exception>
    public void EnsureBound()
    {
        _ = _encoder.Value;
        Borrow().Release();
    }

    /// <inheritdoc/>
    public TokenizedRow Encode(ReadOnlyMemory<char> sentence1, ReadOnlyMemory<char> sentence2, out bool truncated)
    {
        TokenizedText text = _encoder.Value.Encode(sentence1, _state.Settings.Columns.Sentence2 is null ? null : sentence2);
        truncated = text.Truncated;
        return new TokenizedRow(text.Ids, text.TypeIds, ExampleId: 0);
    }

    /// <inheritdoc/>
    public float[][] Score(IReadOnlyList<TokenizedRow> rows)
    {
        ScoringModel model = Borrow();
        try
        {
            return ScoringLanes.Shared.Score(model, rows);
        }
        finally
        {
            model.Release();
        }
    }

    public void Dispose()
    {
        lock (_lock)
            ReleaseModel();
    }

    private ScoringModel Borrow()
    {
        lock (_lock)
        {
            if (_model is null)
            {
                torch.Device device = ComputeDevice.Choose(_host, Warn);
                _baseModel ??= BaseModelLocator.Find(_state.Base.Reference, _state.IncludedBaseFolder ?? _state.Base.Folder);
                _model = new ScoringModel(_state, _baseModel, device);
            }

            _model.AddReference();
            return _model;
        }
    }

    private void ReleaseModel()
    {
        _model?.Release();
        _model = null;
    }

    private void Warn(string text)
    {
        using IChannel channel = _host.Start("Scoring");
        channel.Warning(MessageSensitivity.None, text);
    }
}
