using System.Runtime.InteropServices;
using Microsoft.ML.Lora.Adapters;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Training;

/// <summary>
/// One optimizer step over the parameters of a classifier: collects the gradients that autograd left, clips them together, moves each
/// parameter by AdamW at its scheduled rate.
/// </summary>
internal sealed class ClassifierOptimizer
{
    private readonly IReadOnlyList<TrainableParameter> _parameters;
    private readonly ParameterSettings[] _settings;
    private readonly Func<long, double>[] _rates;
    private readonly float[] _gradients; // one behind the other, as the moments
    private readonly double _maxNorm;

    /// <param name="parameters">What is trained.</param>
    /// <param name="settings">Rate and decay of each.</param>
    /// <param name="schedule">For a highest rate the rate of each step, from 0.</param>
    /// <param name="adam">The update rule and its state, one tensor per parameter.</param>
    /// <param name="maxNorm">Gradient norm to clip at; 0 for none.</param>
    public ClassifierOptimizer(
        IReadOnlyList<TrainableParameter> parameters,
        Func<TrainableParameter, ParameterSettings> settings,
        Func<double, Func<long, double>> schedule,
        AdamW adam,
        double maxNorm)
    {
        _parameters = parameters;
        _settings = parameters.Select(settings).ToArray();
        _rates = _settings.Select(s => schedule(s.LearningRate)).ToArray();
        _gradients = new float[adam.FirstMoments.Length];
        _maxNorm = maxNorm;
        Adam = adam;
    }

    /// <summary>The optimizer that the options ask for.</summary>
    public static ClassifierOptimizer Create(IReadOnlyList<TrainableParameter> parameters, TrainingOptions options, long totalSteps) =>
        Create(parameters, options, rate => LearningRateScheduler.From(options, rate, totalSteps).At);

    /// <summary>The same with another schedule.</summary>
    public static ClassifierOptimizer Create(
        IReadOnlyList<TrainableParameter> parameters, TrainingOptions options, Func<double, Func<long, double>> schedule) => new(
        parameters,
        p => ParameterSettings.For(p, options),
        schedule,
        new AdamW(parameters.Select(p => (int)p.Value.numel()).ToArray(), options.Beta1, options.Beta2, options.Epsilon),
        options.MaxGradientNorm);

    /// <summary>Moments and step counts.</summary>
    public AdamW Adam { get; }

    /// <summary>The gradients of the last <see cref="CollectGradients"/>, not clipped.</summary>
    public IReadOnlyList<float[]> Gradients => Adam.Split(_gradients);

    /// <summary>The rate of the first parameter at a step, from 0: what is shown to users.</summary>
    public double LearningRateAt(long step) => _rates[0](step);

    /// <summary>Takes the gradients from the parameters and leaves zeros there.</summary>
    /// <returns>Their norm, not clipped; not finite when a gradient is not.</returns>
    public double CollectGradients()
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        for (int i = 0; i < _parameters.Count; i++)
        {
            Tensor? gradient = _parameters[i].Value.grad;
            Span<float> destination = _gradients.AsSpan(Adam.RangeOf(i));
            if (gradient is null)
            {
                destination.Clear(); // nothing depends on it, for example behind a class no row has
                continue;
            }

            if (gradient.device.type == DeviceType.CPU && gradient.dtype == ScalarType.Float32 && gradient.is_contiguous())
            {
                Span<float> source = MemoryMarshal.Cast<byte, float>(gradient.bytes); // no operator, no temporary tensor
                source.CopyTo(destination);
                source.Clear();
                continue;
            }

            ParameterValues.Read(gradient, destination);
            gradient.fill_(0);
        }

        return GradientClipping.Norm(_gradients);
    }

    /// <summary>Moves every parameter by what <see cref="CollectGradients"/> took, clipped: one pass over gradients, moments and values.</summary>
    /// <param name="step">From 0.</param>
    /// <param name="norm">What <see cref="CollectGradients"/> returned.</param>
    public void Step(long step, double norm)
    {
        float clip = _maxNorm > 0 ? GradientClipping.Coefficient(norm, _maxNorm) : 1;
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        for (int i = 0; i < _parameters.Count; i++)
        {
            Tensor value = _parameters[i].Value;
            ReadOnlySpan<float> gradient = _gradients.AsSpan(Adam.RangeOf(i));
            double rate = _rates[i](step), decay = _settings[i].WeightDecay;
            if (value.device.type == DeviceType.CPU)
            {
                Adam.Step(i, MemoryMarshal.Cast<byte, float>(value.detach().bytes), gradient, rate, decay, clip);
                continue;
            }

            float[] copy = ParameterValues.Read(value);
            Adam.Step(i, copy, gradient, rate, decay, clip);
            ParameterValues.Write(value, copy);
        }
    }
}
