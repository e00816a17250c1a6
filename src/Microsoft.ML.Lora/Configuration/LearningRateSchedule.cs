namespace Microsoft.ML.Lora;

/// <summary>
/// How the learning rate changes from step to step. Names and formulas are those of Hugging Face's <c>get_scheduler</c>;
/// all but <see cref="Constant"/> rise linearly from 0 during the warmup.
/// </summary>
public enum LearningRateSchedule
{
    /// <summary>Falls linearly to 0 at the last step.</summary>
    Linear = 0,

    /// <summary>Half a cosine wave to 0.</summary>
    Cosine = 1,

    /// <summary>Several cosine waves, each from the full rate to 0: see <see cref="TrainingOptions.ScheduleCycles"/>.</summary>
    CosineWithRestarts = 2,

    /// <summary>A power of the remaining share of steps: see <see cref="TrainingOptions.SchedulePower"/>.</summary>
    Polynomial = 3,

    /// <summary>The full rate at every step; the warmup is ignored.</summary>
    Constant = 4,

    /// <summary>The full rate after the warmup.</summary>
    ConstantWithWarmup = 5,

    /// <summary>Proportional to the inverse square root of the step: see <see cref="TrainingOptions.ScheduleTimeScale"/>.</summary>
    InverseSquareRoot = 6,

    /// <summary>Half a cosine wave to <see cref="TrainingOptions.MinimumLearningRate"/>.</summary>
    CosineWithMinimum = 7,

    /// <summary>As <see cref="CosineWithMinimum"/>, and the warmup never uses rate 0: see <see cref="TrainingOptions.WarmupStartRatio"/>.</summary>
    CosineWarmupWithMinimum = 8,

    /// <summary>Warmup, a stable phase at the full rate, then a decay: see <see cref="TrainingOptions.DecayRatio"/>, <see cref="TrainingOptions.WarmupShape"/> and <see cref="TrainingOptions.DecayShape"/>.</summary>
    WarmupStableDecay = 9,
}
