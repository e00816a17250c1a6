namespace TorchSharp.Modules;

/// <summary>What a group of parameters is trained with; what is not set comes from the optimizer.</summary>
public class OptimizerOptions
{
    public double? LearningRate { get; set; }

    public double InitialLearningRate { get; set; }
}
