using System.Runtime.InteropServices;
using Microsoft.ML.Lora.Adapters;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Training;

/// <summary>
/// One optimizer step over the parameters of a classifier: collects the gradients that autograd left, clips them together, moves each
/// parameter by the optimizer's rule at its scheduled rate.
/// </summary>
internal sealed class ClassifierOptimizer
{
    private readonly IReadOnlyList<TrainableParameter> _parameters;
    private readonly ParameterSettings[] _settings;
    private readonly Func<long, double>[] _rates;
    private readonly float[] _gradients; // one behind the other, as the moments
    private readonly bool[] _absent; // no gradient at the last step
    private readonly double _maxNorm;

    /// <param name="parameters">What is trained.</param>
    /// <param name="settings">Rate and decay of each.</param>
    /// <param name="schedule">For a highest rate the rate of each step, from 0.</param>
    /// <param name="rule">The update rule and its state, one tensor per parameter.</param>
    /// <param name="maxNorm">Gradient norm to clip at; 0 for none.</param>
    public ClassifierOptimizer(
        IReadOnlyList<TrainableParameter> parameters,
        Func<TrainableParameter, ParameterSettings> settings,
        Func<double, Func<long, double>> schedule,
        Optimizer<float> rule,
        double maxNorm)
    {
        _parameters = parameters;
        _settings = parameters.Select(settings).ToArray();
        _rates = _settings.Select(s => schedule(s.LearningRate)).ToArray();
        _gradients = new float[rule.Length];
        _maxNorm = maxNorm;
        Rule = rule;
        _absent = new bool[parameters.Count];
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
        CreateRule([.. parameters.Select(p => (int)p.Value.numel())], options),
        options.MaxGradientNorm);

    /// <summary>The update rule with its moments and step counts.</summary>
    public Optimizer<float> Rule { get; }

    /// <summary>The gradients of the last <see cref="CollectGradients"/>, not clipped.</summary>
    public IReadOnlyList<float[]> Gradients => Rule.Split(_gradients);

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
            Span<float> destination = _gradients.AsSpan(Rule.RangeOf(i));
            _absent[i] = gradient is null;
            if (gradient is null)
            {
                destination.Clear(); // nothing depends on it: it does not move, nor does it count a step
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
            if (_absent[i])
                continue;
            Tensor value = _parameters[i].Value;
            ReadOnlySpan<float> gradient = _gradients.AsSpan(Rule.RangeOf(i));
            double rate = _rates[i](step), decay = _settings[i].WeightDecay;
            if (value.device.type == DeviceType.CPU)
            {
                Rule.Step(i, MemoryMarshal.Cast<byte, float>(value.detach().bytes), gradient, rate, decay, clip);
                continue;
            }

            float[] copy = ParameterValues.Read(value);
            Rule.Step(i, copy, gradient, rate, decay, clip);
            ParameterValues.Write(value, copy);
        }
    }

    private static Optimizer<float> CreateRule(int[] lengths, TrainingOptions options) => options.Optimizer switch
    {
        OptimizerKind.Sgd => new StochasticGradientDescent<float>(lengths, options.Momentum, options.Dampening, options.Nesterov),
        _ => new Adam<float>(lengths, options.Beta1, options.Beta2, options.Epsilon, decoupled: options.Optimizer == OptimizerKind.AdamW, options.AmsGrad),
    };
}
