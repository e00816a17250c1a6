using System.Runtime.InteropServices;
using Microsoft.ML.Lora.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Adapters;

/// <summary>
/// Base model, pooling, adapters and head together: text in, one logit per class out. Owns adapters and head, and the base only where all of it is trained.
/// Scoring is safe from many threads while nothing trains it.
/// </summary>
internal sealed class SequenceClassifier : IDisposable
{
    private readonly EncoderModel? _ownModel;

    /// <param name="model">The base; not owned.</param>
    /// <param name="pooling">How token vectors become one vector a row; not owned.</param>
    /// <param name="adapter">Null for a frozen base. Owned.</param>
    /// <param name="head">Owned.</param>
    public SequenceClassifier(EncoderModel model, IPooling pooling, LoraAdapter? adapter, ClassifierHead head)
    {
        Model = model;
        Pooling = pooling;
        Adapter = adapter;
        Head = head;
        Parameters = [.. adapter?.Parameters ?? [], .. head.Parameters];
    }

    private SequenceClassifier(EncoderModel ownModel, IPooling pooling, ClassifierHead head, IEnumerable<TrainableParameter> weights)
        : this(ownModel, pooling, null, head)
    {
        _ownModel = ownModel;
        Parameters = [.. weights, .. head.Parameters];
    }

    /// <summary>Makes a classifier that trains every weight of a model of its own: full fine-tuning, to compare adapters with.</summary>
    /// <param name="copy">From <see cref="TrainableCopy.Load"/>; owned from now on.</param>
    /// <param name="pooling">Over the copy.</param>
    /// <param name="classes">Number of classes, at least 2.</param>
    /// <param name="headDropout">Probability of dropout before the head.</param>
    /// <param name="seed">Of the head's initial numbers.</param>
    public static SequenceClassifier CreateFull(EncoderModel copy, Pooling pooling, int classes, double headDropout, ulong seed)
    {
        CheckClasses(classes);
        bool usesPooler = pooling.Settings.Modes.Contains(PoolingMode.Pooler);
        TrainableParameter[] weights = [.. TrainableCopy.Leaves(copy, usesPooler).Select(leaf =>
            new TrainableParameter($"{PeftFormat.ModelPrefix}{copy.PathPrefix}{leaf.Name}", leaf.Value.requires_grad_(true), ParameterKind.Base))];
        return new SequenceClassifier(copy, pooling, ClassifierHead.Create(classes, pooling.OutputSize, headDropout, seed, copy.Device), weights);
    }

    /// <summary>Plans, validates and makes a fresh classifier that computes what the base computes.</summary>
    /// <param name="model">The base.</param>
    /// <param name="pooling">How token vectors become one vector a row.</param>
    /// <param name="options">Which layers to adapt.</param>
    /// <param name="classes">Number of classes, at least 2.</param>
    /// <param name="headDropout">Probability of dropout before the head.</param>
    /// <param name="seed">Of all initial numbers.</param>
    /// <param name="report">What was adapted.</param>
    /// <exception cref="ArgumentException">The options do not fit the model.</exception>
    public static SequenceClassifier Create(
        EncoderModel model, IPooling pooling, LoraOptions options, int classes, double headDropout, ulong seed, out InjectionReport report)
    {
        CheckClasses(classes);
        InjectionPlan plan = LoraInjector.Plan(model, options);
        ClassifierHead head = ClassifierHead.Create(classes, pooling.OutputSize, headDropout, seed, model.Device);
        report = plan.Report((long)classes * pooling.OutputSize + classes);
        return new SequenceClassifier(model, pooling, plan.Options.IsNone ? null : plan.Create(seed), head);
    }

    public EncoderModel Model { get; }

    public IPooling Pooling { get; }

    public LoraAdapter? Adapter { get; }

    public ClassifierHead Head { get; }

    public LoraOptions Options => Adapter?.Options ?? LoraOptions.None;

    public int Classes => Head.Classes;

    /// <summary>
    /// Everything that training changes: A and B of each layer in the model's order (or every weight of the model, where all of it is trained), then weight
    /// and bias of the head.
    /// </summary>
    public IReadOnlyList<TrainableParameter> Parameters { get; }

    /// <summary>Logits of a batch with the adapters that the context names.</summary>
    /// <returns>(rows, classes), float32, in packed order; in the current dispose scope.</returns>
    public Tensor Logits(ForwardContext context)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor hidden = Model.Forward(context, Pooling.FirstTokensOnly); // (N, hidden) or (rows, hidden)
        Tensor pooled = Pooling.Pool(hidden, context);                   // (rows, hidden)
        return Head.Forward(pooled, context).MoveToOuterDisposeScope();
    }

    /// <summary>Scores rows without recording a graph.</summary>
    /// <param name="rows">One or more.</param>
    /// <param name="merged">From <see cref="MergeForScoring"/>; null to compute base and adapters apart.</param>
    /// <param name="destination">(rows, classes), in the order of <paramref name="rows"/>.</param>
    /// <param name="cancellationToken">Checked between layers.</param>
    public void Score(IReadOnlyList<TokenizedRow> rows, MergedAdapter? merged, Span<float> destination, CancellationToken cancellationToken = default)
    {
        if (destination.Length != rows.Count * Classes)
            throw new ArgumentException($"{rows.Count} rows of {Classes} classes need {rows.Count * Classes} places, not {destination.Length}.", nameof(destination));
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using PackedBatch batch = PackedBatch.Create([.. rows, .. FillerRows.For(rows, Pooling.FirstTokensOnly, Model.MaxPositions)], Model.Device);
        var context = new ForwardContext
        {
            Batch = batch,
            ComputeType = Model.ComputeType,
            Adapters = (ISlotAdapters?)merged ?? Adapter,
            CancellationToken = cancellationToken,
        };
        Tensor logits = Logits(context).cpu();
        ReadOnlySpan<float> packed = MemoryMarshal.Cast<byte, float>(logits.bytes);
        for (int i = 0; i < batch.RowCount; i++)
        {
            if (batch.Order[i] < rows.Count)
                packed.Slice(i * Classes, Classes).CopyTo(destination.Slice(batch.Order[i] * Classes, Classes));
        }
    }

    /// <summary>Private copies of the adapted matrices with the update added; null without adapters. The caller disposes it.</summary>
    public MergedAdapter? MergeForScoring() => Adapter is null ? null : new MergedAdapter(Model, Adapter);

    /// <summary>The numbers of all parameters, in the order of <see cref="Parameters"/>.</summary>
    public float[][] CopyParameters() => Parameters.Select(p => ParameterValues.Read(p.Value)).ToArray();

    /// <summary>Overwrites all parameters.</summary>
    public void LoadParameters(IReadOnlyList<float[]> values)
    {
        if (values.Count != Parameters.Count)
            throw new ArgumentException($"{values.Count} tensors for {Parameters.Count} parameters.", nameof(values));
        for (int i = 0; i < values.Count; i++)
            ParameterValues.Write(Parameters[i].Value, values[i]);
    }

    public void Dispose()
    {
        Adapter?.Dispose();
        Head.Dispose();
        _ownModel?.Dispose();
    }

    private static void CheckClasses(int classes)
    {
        if (classes < 2)
            throw new ArgumentOutOfRangeException(nameof(classes), classes, "A classifier needs at least two classes.");
    }
}
