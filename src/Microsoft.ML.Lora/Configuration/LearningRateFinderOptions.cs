using Microsoft.ML.Lora.Configuration;

namespace Microsoft.ML.Lora;

/// <summary>How <see cref="LoraTextClassificationTrainer.FindLearningRate"/> looks for a learning rate.</summary>
public sealed class LearningRateFinderOptions
{
    /// <summary>The rate of the first step.</summary>
    /// <value>Greater than 0; default 1e-6.</value>
    public double MinimumLearningRate { get; set; } = 1e-6;

    /// <summary>The rate of the last step.</summary>
    /// <value>Greater than <see cref="MinimumLearningRate"/>; default 1.</value>
    public double MaximumLearningRate { get; set; } = 1;

    /// <summary>Optimizer steps from the lowest to the highest rate.</summary>
    /// <value>At least 10; default 100.</value>
    public int Steps { get; set; } = 100;

    /// <summary>Weight of the past in the running mean of the loss.</summary>
    /// <value>In [0, 1); default 0.9.</value>
    public double Smoothing { get; set; } = 0.9;

    /// <summary>The search ends where the smoothed loss is this many times its smallest value.</summary>
    /// <value>Greater than 1; default 4.</value>
    public double DivergenceFactor { get; set; } = 4;

    internal void Validate()
    {
        var problems = new OptionProblems();
        problems.CheckRange("LearningRateFinderOptions.MinimumLearningRate", MinimumLearningRate, 0, double.PositiveInfinity, minimumAllowed: false);
        problems.CheckRange("LearningRateFinderOptions.MaximumLearningRate", MaximumLearningRate, MinimumLearningRate, double.PositiveInfinity, minimumAllowed: false);
        problems.CheckAtLeast("LearningRateFinderOptions.Steps", Steps, 10);
        problems.CheckRange("LearningRateFinderOptions.Smoothing", Smoothing, 0, 1, maximumAllowed: false);
        problems.CheckRange("LearningRateFinderOptions.DivergenceFactor", DivergenceFactor, 1, double.PositiveInfinity, minimumAllowed: false);
        problems.ThrowIfAny("options");
    }
}
