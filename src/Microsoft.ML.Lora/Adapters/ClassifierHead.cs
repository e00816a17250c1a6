using Microsoft.ML.Lora.Kernels;
using Microsoft.ML.Lora.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Adapters;

/// <summary>The classifier on the pooled vector: dropout, then one linear layer, in float32. Dispose frees it.</summary>
internal sealed class ClassifierHead : IDisposable
{
    /// <param name="weight">(classes, hidden), row by row.</param>
    /// <param name="bias">(classes).</param>
    /// <param name="hidden">Width of the pooled vector.</param>
    /// <param name="dropout">Probability while training.</param>
    /// <param name="device">Where it is computed.</param>
    public ClassifierHead(float[] weight, float[] bias, int hidden, double dropout, Device device)
    {
        if (weight.Length != bias.Length * hidden)
            throw new ArgumentException($"A head of {bias.Length} classes on {hidden} inputs needs {bias.Length * hidden} weights, not {weight.Length}.", nameof(weight));
        Classes = bias.Length;
        Dropout = dropout;
        Weight = tensor(weight, Classes, hidden, ScalarType.Float32, device).requires_grad_(true).DetachFromDisposeScope();
        Bias = tensor(bias, ScalarType.Float32, device).requires_grad_(true).DetachFromDisposeScope();
    }

    /// <summary>A fresh head: weights normal with standard deviation 0.02, bias zero.</summary>
    public static ClassifierHead Create(int classes, int hidden, double dropout, ulong seed, Device device)
    {
        float[] weight = new float[classes * hidden];
        CounterRandom.FillNormal(CounterRandom.Key(seed, RandomStreams.HeadInit), 0.02f, weight);
        return new ClassifierHead(weight, new float[classes], hidden, dropout, device);
    }

    public int Classes { get; }

    public double Dropout { get; }

    /// <summary>(classes, hidden).</summary>
    public Tensor Weight { get; }

    /// <summary>(classes).</summary>
    public Tensor Bias { get; }

    public IEnumerable<TrainableParameter> Parameters =>
    [
        new(PeftFormat.HeadWeight, Weight, ParameterKind.Head),
        new(PeftFormat.HeadBias, Bias, ParameterKind.Head),
    ];

    /// <summary>Logits of pooled vectors.</summary>
    /// <param name="pooled">(rows, hidden), any type.</param>
    /// <param name="context">The forward they come from.</param>
    /// <returns>(rows, classes), float32.</returns>
    public Tensor Forward(Tensor pooled, ForwardContext context)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = pooled.to(ScalarType.Float32);
        if (context.Training && Dropout > 0)
            x = x * ContextDropout.RowMask(context, RandomStreams.HeadDropout, 0, (int)x.shape[1], (float)Dropout);
        return nn.functional.linear(x, Weight, Bias).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        Weight.Dispose();
        Bias.Dispose();
    }
}
