using Microsoft.ML.Lora.Adapters;

namespace Microsoft.ML.Lora.Training;

/// <summary>How one parameter learns.</summary>
/// <param name="LearningRate">The highest rate of its schedule.</param>
/// <param name="WeightDecay">Decoupled weight decay.</param>
internal readonly record struct ParameterSettings(double LearningRate, double WeightDecay)
{
    /// <summary>
    /// What the options mean for a parameter. With LoRA+, as in PEFT: B and one-dimensional tensors get the higher rate, A and
    /// two-dimensional tensors of the head the plain one, and one-dimensional ones do not decay.
    /// </summary>
    public static ParameterSettings For(TrainableParameter parameter, TrainingOptions options)
    {
        if (options.LoraPlusRatio is not { } ratio)
        {
            double rate = parameter.Kind == ParameterKind.Head ? options.HeadLearningRate ?? options.LearningRate : options.LearningRate;
            return new ParameterSettings(rate, options.WeightDecay);
        }

        bool flat = parameter.Value.dim() == 1;
        double plus = parameter.Kind == ParameterKind.LoraB || (flat && options.HeadLearningRate is null) ? options.LearningRate * ratio
            : parameter.Kind == ParameterKind.Head ? options.HeadLearningRate ?? options.LearningRate
            : options.LearningRate;
        return new ParameterSettings(plus, flat ? 0 : options.WeightDecay);
    }
}
