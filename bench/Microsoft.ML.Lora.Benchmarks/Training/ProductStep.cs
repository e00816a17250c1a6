using Microsoft.ML.Lora.Adapters;
using Microsoft.ML.Lora.Models;
using Microsoft.ML.Lora.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Benchmarks.Training;

/// <summary>The product's own training step, on made-up weights: what its training loop does between two reports.</summary>
internal sealed class ProductStep : IDisposable
{
    private const ulong Seed = 3;
    private readonly EncoderModel _model;
    private readonly SequenceClassifier _classifier;
    private readonly TrainingStep _step;
    private readonly ClassifierOptimizer _optimizer;
    private long _steps;

    public ProductStep(ModelShape shape, ComputeType computeType, bool recompute = false)
    {
        ModelConfig config = Config(shape);
        var family = new BertFamily();
        _model = family.Build(config, new SyntheticWeights(config, family.Tensors(config), Seed), computeType, CPU);
        var options = new TrainingOptions();
        _classifier = SequenceClassifier.Create(
            _model,
            new Pooling(new PoolingSettings(shape.Pooling), _model),
            new LoraOptions { Rank = ModelShape.Rank, Dropout = ModelShape.Dropout, TargetModules = ModelShape.Targets },
            ModelShape.Classes,
            ModelShape.Dropout,
            Seed,
            out _);
        _step = new TrainingStep(_classifier, new ClassificationLoss(ModelShape.Classes), Seed, options.MaxTokensPerBatch, recompute: recompute);
        _optimizer = ClassifierOptimizer.Create(_classifier.Parameters, options, totalSteps: 1000);
    }

    /// <summary>One optimizer step.</summary>
    /// <returns>The loss.</returns>
    public double Step(TrainingSet set, int[] batch)
    {
        (double sum, double divisor) = _step.Run(set, batch, _steps, CancellationToken.None);
        Optimize();
        return sum / divisor;
    }

    /// <summary>The end of a step alone: gradients collected, their norm, clipping and AdamW.</summary>
    public void Optimize()
    {
        double norm = _optimizer.CollectGradients();
        _optimizer.Step(_steps++, norm);
    }

    public void Dispose()
    {
        _classifier.Dispose();
        _model.Dispose();
    }

    private static ModelConfig Config(ModelShape shape) => new()
    {
        ModelType = "bert",
        HiddenSize = shape.Hidden,
        Layers = shape.Layers,
        Heads = shape.Heads,
        IntermediateSize = shape.FeedForward,
        VocabSize = shape.Vocabulary,
        MaxPositions = ModelShape.Positions,
        TypeVocabSize = 2,
        HiddenAct = "gelu",
        LayerNormEps = 1e-12,
        HiddenDropout = (float)ModelShape.Dropout,
        AttentionDropout = (float)ModelShape.Dropout,
        ClassifierDropout = (float)ModelShape.Dropout,
        InitializerRange = 0.02f,
        PadTokenId = 0,
    };
}
