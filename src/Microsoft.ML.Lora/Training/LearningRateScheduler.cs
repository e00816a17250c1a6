namespace Microsoft.ML.Lora.Training;

/// <summary>
/// The learning rate of every step as Hugging Face's <c>get_scheduler</c> gives it. Steps count from 0, so with a warmup the first step has
/// rate 0 (except where said otherwise). Behaviour past the last step is kept too: the plain cosine rises again.
/// </summary>
internal sealed record LearningRateScheduler
{
    public required LearningRateSchedule Schedule { get; init; }

    /// <summary>The highest rate.</summary>
    public required double LearningRate { get; init; }

    public required long WarmupSteps { get; init; }

    public required long TotalSteps { get; init; }

    /// <summary>Cosine waves; null for the schedule's default (one half; with restarts one).</summary>
    public double? Cycles { get; init; }

    /// <summary>Polynomial: the power.</summary>
    public double Power { get; init; } = 1;

    /// <summary>The rate at the end, where the schedule has one.</summary>
    public double MinimumLearningRate { get; init; }

    /// <summary>Inverse square root: its time scale; null for the warmup steps, or 10,000 without a warmup.</summary>
    public long? TimeScale { get; init; }

    /// <summary>Cosine warmup with minimum: share of the rate at step 0; null to start at one step's share.</summary>
    public double? WarmupStartRatio { get; init; }

    /// <summary>Warmup, stable, decay: steps of the decay.</summary>
    public long DecaySteps { get; init; }

    /// <summary>Warmup, stable, decay: form of the warmup.</summary>
    public LearningRateRamp WarmupShape { get; init; } = LearningRateRamp.Linear;

    /// <summary>Warmup, stable, decay: form of the decay.</summary>
    public LearningRateRamp DecayShape { get; init; } = LearningRateRamp.Cosine;

    /// <summary>The scheduler that the options ask for.</summary>
    public static LearningRateScheduler From(TrainingOptions options, double learningRate, long totalSteps)
    {
        long warmup = options.WarmupSteps ?? (long)Math.Round(options.WarmupRatio * totalSteps, MidpointRounding.AwayFromZero);
        return new LearningRateScheduler
        {
            Schedule = options.Schedule,
            LearningRate = learningRate,
            WarmupSteps = warmup,
            TotalSteps = totalSteps,
            Cycles = options.ScheduleCycles,
            Power = options.SchedulePower,
            // The same share of its own highest rate for every group.
            MinimumLearningRate = options.MinimumLearningRate * (learningRate / options.LearningRate),
            TimeScale = options.ScheduleTimeScale,
            WarmupStartRatio = options.WarmupStartRatio,
            DecaySteps = Math.Max(1, (long)Math.Round(options.DecayRatio * totalSteps, MidpointRounding.AwayFromZero)),
            WarmupShape = options.WarmupShape,
            DecayShape = options.DecayShape,
        };
    }

    /// <summary>The rate that step <paramref name="step"/>, from 0, uses.</summary>
    public double At(long step) => LearningRate * Factor(step);

    private double MinimumRatio => MinimumLearningRate / LearningRate;

    private double Factor(long step)
    {
        if (Schedule == LearningRateSchedule.Constant)
            return 1;
        if (step < WarmupSteps)
            return Warmup(step);

        double progress = (step - WarmupSteps) / (double)Math.Max(1, TotalSteps - WarmupSteps);
        switch (Schedule)
        {
            case LearningRateSchedule.Linear:
                return Math.Max(0, (TotalSteps - step) / (double)Math.Max(1, TotalSteps - WarmupSteps));
            case LearningRateSchedule.Cosine:
                return Math.Max(0, CosineWave(progress));
            case LearningRateSchedule.CosineWithRestarts:
                return progress >= 1 ? 0 : Math.Max(0, 0.5 * (1 + Math.Cos(Math.PI * ((Cycles ?? 1) * progress % 1))));
            case LearningRateSchedule.Polynomial:
                if (step >= TotalSteps) // also where warmup and total are equal, where the formula is 0 / 0
                    return MinimumRatio;
                double remaining = 1 - (step - WarmupSteps) / (double)(TotalSteps - WarmupSteps);
                return ((LearningRate - MinimumLearningRate) * Math.Pow(remaining, Power) + MinimumLearningRate) / LearningRate;
            case LearningRateSchedule.ConstantWithWarmup:
                return 1;
            case LearningRateSchedule.InverseSquareRoot:
                double timeScale = TimeScale ?? (WarmupSteps > 0 ? WarmupSteps : 10_000);
                return 1 / Math.Sqrt((step + timeScale - WarmupSteps) / timeScale);
            case LearningRateSchedule.CosineWithMinimum:
                return Math.Max(0, CosineWave(progress) * (1 - MinimumRatio) + MinimumRatio);
            case LearningRateSchedule.CosineWarmupWithMinimum:
                double shifted = (step - WarmupSteps + 1) / (double)Math.Max(1, TotalSteps - WarmupSteps);
                return Math.Max(0, CosineWave(shifted) * (1 - MinimumRatio) + MinimumRatio);
            case LearningRateSchedule.WarmupStableDecay:
                long decayStart = TotalSteps - DecaySteps; // may lie inside the warmup: then the decay is entered late
                if (step < decayStart)
                    return 1;
                if (step >= decayStart + DecaySteps)
                    return MinimumRatio;
                return Ramp(DecayShape, 1 - (step - decayStart) / (double)Math.Max(1, DecaySteps));
            default:
                throw new ArgumentOutOfRangeException(nameof(step), Schedule, "Unknown schedule.");
        }
    }

    private double Warmup(long step) => Schedule switch
    {
        LearningRateSchedule.CosineWarmupWithMinimum when WarmupStartRatio is { } start =>
            start + (1 - start) * step / Math.Max(1, WarmupSteps - 1),
        LearningRateSchedule.CosineWarmupWithMinimum => (step + 1) / (double)WarmupSteps,
        LearningRateSchedule.WarmupStableDecay => Ramp(WarmupShape, step / (double)WarmupSteps),
        _ => step / (double)WarmupSteps,
    };

    private double CosineWave(double progress) => 0.5 * (1 + Math.Cos(Math.PI * (Cycles ?? 0.5) * 2 * progress));

    /// <summary>From the minimum at height 0 to the full rate at height 1.</summary>
    private double Ramp(LearningRateRamp shape, double height)
    {
        double factor = shape switch
        {
            LearningRateRamp.Linear => height,
            LearningRateRamp.Cosine => 0.5 * (1 - Math.Cos(Math.PI * height)),
            _ => 1 - Math.Sqrt(1 - height),
        };
        return Math.Max(0, factor * (1 - MinimumRatio) + MinimumRatio);
    }
}
