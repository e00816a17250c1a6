namespace Microsoft.ML.Lora;

/// <summary>The form of a rise or a fall of the learning rate in <see cref="LearningRateSchedule.WarmupStableDecay"/>.</summary>
public enum LearningRateRamp
{
    /// <summary>A straight line.</summary>
    Linear = 0,

    /// <summary>Half a cosine wave: slow at both ends.</summary>
    Cosine = 1,

    /// <summary>One minus a square root: fast at the full rate, slow at the low end.</summary>
    OneMinusSquareRoot = 2,
}
