using Microsoft.ML.Lora.Adapters;
using Microsoft.ML.Lora.Models;
using TorchSharp;

namespace Microsoft.ML.Lora.Estimators;

/// <summary>
/// The native side of a classifier: a share in the base model, the adapter or its merged copies, and the head. Counted, because a
/// classifier may be disposed while others score with it; freed with the last reference, or by the garbage collector.
/// </summary>
internal sealed class ScoringModel : Counted, IBatchModel
{
    private readonly BaseModelHandle _base;
    private readonly SequenceClassifier _classifier;
    private readonly MergedAdapter? _merged;
    private readonly double _temperature;
    private readonly long _pressure;

    /// <summary>Loads adapter and head onto a base model.</summary>
    /// <param name="state">The trained classifier.</param>
    /// <param name="baseModel">Its base; the caller has checked that it is the right one.</param>
    /// <param name="device">Where to compute.</param>
    /// <exception cref="LoraFormatException">The adapter does not fit the base.</exception>
    public ScoringModel(ClassifierState state, BaseModel baseModel, torch.Device device)
    {
        PeftAdapter stored = PeftFormat.Read(state.AdapterConfig, state.AdapterWeights);
        if (stored.Classes != state.Labels.ClassCount)
        {
            throw new LoraFormatException(
                $"'{ClassifierState.AdapterWeightsFile}' has a head of {stored.Classes} classes, '{ClassifierState.LabelsFile}' has {state.Labels.ClassCount}.");
        }

        _base = baseModel.Acquire(state.Settings.ComputeType, device);
        try
        {
            using DisposeScope scope = torch.NewDisposeScope();
            using IDisposable noGradient = torch.no_grad();
            EncoderModel model = _base.Model;
            CheckSettings(state, model);
            var pooling = new Pooling(state.Pooling, model);
            LoraAdapter? adapter = stored.Bind(model, pooling.OutputSize, out _);
            ClassifierHead head = stored.CreateHead(dropout: 0, model.Device)!;
            _classifier = new SequenceClassifier(model, pooling, adapter, head);
            if (state.Settings.Merge != MergeMode.Never)
                _merged = _classifier.MergeForScoring();
        }
        catch
        {
            _classifier?.Dispose();
            _base.Dispose();
            throw;
        }

        _temperature = state.Temperature;
        OneByOne = state.Settings.Deterministic;

        // The collector cannot see native memory; without this it would let forgotten classifiers pile up.
        _pressure = _classifier.Parameters.Sum(parameter => parameter.Value.numel() * sizeof(float)) + (_merged?.Bytes ?? 0);
        if (_pressure > 0)
            GC.AddMemoryPressure(_pressure);
    }

    /// <summary>What is saved may have been changed since it was written.</summary>
    private static void CheckSettings(ClassifierState state, EncoderModel model)
    {
        if (state.Settings.MaxLength > model.MaxPositions)
        {
            throw new LoraFormatException(
                $"'{ClassifierState.SettingsFile}': rows of up to {state.Settings.MaxLength} tokens; the base model takes at most {model.MaxPositions}.");
        }

        if (state.Pooling.Modes.Contains(PoolingMode.Pooler) && model.Pooler is null)
            throw new LoraFormatException($"'{ClassifierState.PoolingFileName}': the pooling is {state.Pooling}, and the base model has no pooler of its own.");
    }

    /// <summary>Tells the collector that the memory is gone; tensors and the share in the base have finalizers of their own.</summary>
    ~ScoringModel()
    {
        if (_pressure > 0)
            GC.RemoveMemoryPressure(_pressure);
    }

    /// <inheritdoc/>
    public bool OneByOne { get; }

    /// <inheritdoc/>
    protected override void Free()
    {
        _merged?.Dispose();
        _classifier.Dispose();
        _base.Dispose();
        if (_pressure > 0)
            GC.RemoveMemoryPressure(_pressure);
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    public float[][] Run(IReadOnlyList<TokenizedRow> rows)
    {
        int classes = _classifier.Classes;
        float[] logits = new float[rows.Count * classes];
        _classifier.Score(rows, _merged, logits);
        float[][] scores = new float[rows.Count][];
        for (int row = 0; row < scores.Length; row++)
            scores[row] = Softmax.Of(logits.AsSpan(row * classes, classes), _temperature);
        return scores;
    }
}
