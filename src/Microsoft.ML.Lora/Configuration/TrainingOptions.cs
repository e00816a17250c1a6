using Microsoft.ML.Lora.Configuration;

namespace Microsoft.ML.Lora;

/// <summary>How adapters and head are trained. The defaults suit a few hundred to some ten thousand rows.</summary>
/// <remarks>The options are copied when training starts; changing them afterwards has no effect.</remarks>
public sealed class TrainingOptions
{
    /// <summary>Rows per optimizer step; the last batch of an epoch may be smaller.</summary>
    /// <value>At least 1; default 32.</value>
    public int BatchSize { get; set; } = 32;

    /// <summary>Passes over the training rows, at most: see <see cref="EarlyStoppingPatience"/>.</summary>
    /// <value>At least 1; default 10.</value>
    public int MaxEpochs { get; set; } = 10;

    /// <summary>
    /// Tokens computed at once. A batch that holds more is computed in parts whose gradients add up to the whole batch's,
    /// so this bounds memory and changes results by rounding only. A single row longer than this is still computed alone.
    /// </summary>
    /// <value>Tokens, at least 1; default 16,384.</value>
    public int MaxTokensPerBatch { get; set; } = 16_384;

    /// <summary>
    /// Keep only the input of each layer for the backward pass and compute the rest again there (Chen et al. 2016, arXiv 1604.06174): a fraction of
    /// the memory, the time of a second forward, the same bits.
    /// </summary>
    /// <value>Default false.</value>
    public bool RecomputeActivations { get; set; }

    /// <summary>Which rows form a batch together.</summary>
    /// <value>Default <see cref="BatchComposition.Random"/>.</value>
    public BatchComposition BatchComposition { get; set; } = BatchComposition.Random;

    /// <summary>
    /// Draw as many rows an epoch as there are, with replacement, each class as often as any other. Rows of rare classes come several times,
    /// some of common ones not at all.
    /// </summary>
    /// <value>Default false: every row once an epoch. Not together with <see cref="BalanceClasses"/> or <see cref="ClassWeights"/>.</value>
    public bool BalanceSampling { get; set; }

    /// <summary>Highest learning rate of the schedule, for adapters and, unless <see cref="HeadLearningRate"/> is set, the head.</summary>
    /// <value>Greater than 0; default 1e-3.</value>
    public double LearningRate { get; set; } = 1e-3;

    /// <summary>Highest learning rate for the classification head.</summary>
    /// <value>Greater than 0; default null: <see cref="LearningRate"/>.</value>
    public double? HeadLearningRate { get; set; }

    /// <summary>
    /// B matrices and one-dimensional parameters learn this many times faster than A, and one-dimensional ones do not decay
    /// (Hayou et al. 2024, "LoRA+: Efficient Low Rank Adaptation of Large Models", arXiv 2402.12354; the paper suggests 16).
    /// </summary>
    /// <value>Greater than 0; default null: one rate for all.</value>
    public double? LoraPlusRatio { get; set; }

    /// <summary>How the learning rate changes from step to step.</summary>
    /// <value>Default <see cref="LearningRateSchedule.Linear"/>.</value>
    public LearningRateSchedule Schedule { get; set; } = LearningRateSchedule.Linear;

    /// <summary>Share of all steps in which the learning rate rises from 0.</summary>
    /// <value>In [0, 1]; default 0.06. Not used when <see cref="WarmupSteps"/> is set.</value>
    public double WarmupRatio { get; set; } = 0.06;

    /// <summary>Optimizer steps in which the learning rate rises from 0.</summary>
    /// <value>At least 0; default null: <see cref="WarmupRatio"/> of all steps.</value>
    public int? WarmupSteps { get; set; }

    /// <summary>Cosine waves of the cosine schedules.</summary>
    /// <value>Greater than 0; default null: one half for <see cref="LearningRateSchedule.Cosine"/>, one for the schedule with restarts.</value>
    public double? ScheduleCycles { get; set; }

    /// <summary>Power of <see cref="LearningRateSchedule.Polynomial"/>.</summary>
    /// <value>Greater than 0; default 1.</value>
    public double SchedulePower { get; set; } = 1;

    /// <summary>Rate at the end of the schedules that do not fall to 0.</summary>
    /// <value>In [0, <see cref="LearningRate"/>); default 0.</value>
    public double MinimumLearningRate { get; set; }

    /// <summary>Share of all steps in which <see cref="LearningRateSchedule.WarmupStableDecay"/> decays.</summary>
    /// <value>In (0, 1]; default 0.2.</value>
    public double DecayRatio { get; set; } = 0.2;

    /// <summary>Form of the warmup of <see cref="LearningRateSchedule.WarmupStableDecay"/>.</summary>
    /// <value>Default <see cref="LearningRateRamp.Linear"/>.</value>
    public LearningRateRamp WarmupShape { get; set; } = LearningRateRamp.Linear;

    /// <summary>Form of the decay of <see cref="LearningRateSchedule.WarmupStableDecay"/>.</summary>
    /// <value>Default <see cref="LearningRateRamp.Cosine"/>.</value>
    public LearningRateRamp DecayShape { get; set; } = LearningRateRamp.Cosine;

    /// <summary>Share of the full rate with which the warmup of <see cref="LearningRateSchedule.CosineWarmupWithMinimum"/> begins.</summary>
    /// <value>In [0, 1]; default null: one step's share of the warmup.</value>
    public double? WarmupStartRatio { get; set; }

    /// <summary>Steps after the warmup over which <see cref="LearningRateSchedule.InverseSquareRoot"/> falls to 1 / sqrt(2) of the full rate.</summary>
    /// <value>At least 1; default null: the steps of the warmup, or 10,000 without one.</value>
    public int? ScheduleTimeScale { get; set; }

    /// <summary>How parameters move along their gradients.</summary>
    /// <value>Default <see cref="OptimizerKind.AdamW"/>.</value>
    public OptimizerKind Optimizer { get; set; } = OptimizerKind.AdamW;

    /// <summary>Weight decay on every trained tensor: decoupled with AdamW, a part of the gradient with the other optimizers.</summary>
    /// <value>At least 0; default 0.01.</value>
    public double WeightDecay { get; set; } = 0.01;

    /// <summary>AdamW and Adam divide by the largest second moment so far (Reddi et al. 2018, "On the Convergence of Adam and Beyond", arXiv 1904.09237).</summary>
    /// <value>Default false.</value>
    public bool AmsGrad { get; set; }

    /// <summary>Share of its former move that <see cref="OptimizerKind.Sgd"/> repeats.</summary>
    /// <value>In [0, 1); default 0.</value>
    public double Momentum { get; set; }

    /// <summary>How much less a gradient counts in the momentum of <see cref="OptimizerKind.Sgd"/> than all of it.</summary>
    /// <value>In [0, 1); default 0. Needs <see cref="Momentum"/>.</value>
    public double Dampening { get; set; }

    /// <summary><see cref="OptimizerKind.Sgd"/> with Nesterov's momentum.</summary>
    /// <value>Default false. Needs <see cref="Momentum"/>, and no <see cref="Dampening"/>.</value>
    public bool Nesterov { get; set; }

    /// <summary>Adam's and AdamW's decay rate of the first moment.</summary>
    /// <value>In [0, 1); default 0.9.</value>
    public double Beta1 { get; set; } = 0.9;

    /// <summary>Adam's and AdamW's decay rate of the second moment.</summary>
    /// <value>In [0, 1); default 0.999.</value>
    public double Beta2 { get; set; } = 0.999;

    /// <summary>Added to the root of Adam's and AdamW's second moment.</summary>
    /// <value>Greater than 0; default 1e-8.</value>
    public double Epsilon { get; set; } = 1e-8;

    /// <summary>A gradient whose Euclidean norm over all parameters is larger is scaled down to it.</summary>
    /// <value>At least 0, where 0 means no limit; default 1.</value>
    public double MaxGradientNorm { get; set; } = 1;

    /// <summary>Share of the target probability that is spread evenly over all classes.</summary>
    /// <value>In [0, 1); default 0.</value>
    public double LabelSmoothing { get; set; }

    /// <summary>Exponent of the focal loss <c>(1 - p)^gamma * -log p</c> (Lin et al. 2017, arXiv 1708.02002).</summary>
    /// <value>At least 0, where 0 means cross entropy; default 0. Not together with <see cref="LabelSmoothing"/>.</value>
    public double FocalGamma { get; set; }

    /// <summary>Weight of each class in the loss, in the order of the label's key values.</summary>
    /// <value>One number of at least 0 per class; default null: all classes weigh the same.</value>
    public IReadOnlyList<double>? ClassWeights { get; set; }

    /// <summary>Weigh each class by rows / (classes * rows of the class), so that rare classes count as much as common ones.</summary>
    /// <value>Default false. Not together with <see cref="ClassWeights"/>.</value>
    public bool BalanceClasses { get; set; }

    /// <summary>Probability with which an element of the pooled vector is zeroed before the head while training.</summary>
    /// <value>In [0, 1); default 0.1.</value>
    public double HeadDropout { get; set; } = 0.1;

    /// <summary>
    /// Strength alpha of uniform noise in ±alpha / sqrt(length * hidden) on the word embeddings while training (Jain et al. 2023, "NEFTune: Noisy
    /// Embeddings Improve Instruction Finetuning", arXiv 2310.05914; the paper uses 5 to 15).
    /// </summary>
    /// <value>At least 0, where 0 means none; default 0.</value>
    public double EmbeddingNoise { get; set; }

    /// <summary>Share of the rows that is set aside for validation when no validation set is given.</summary>
    /// <value>In [0, 1); default 0: all rows train and the last epoch is kept.</value>
    public double ValidationFraction { get; set; }

    /// <summary>
    /// Optimizer steps between evaluations on the validation rows. The best model and the patience then count evaluations instead of epochs;
    /// the last step is always evaluated.
    /// </summary>
    /// <value>At least 1; default null: at the end of each epoch. Needs validation rows.</value>
    public int? EvaluateEverySteps { get; set; }

    /// <summary>What chooses the best model and decides about stopping early.</summary>
    /// <value>Default <see cref="ModelSelectionMetric.Accuracy"/>. Used with validation rows only.</value>
    public ModelSelectionMetric SelectionMetric { get; set; } = ModelSelectionMetric.Accuracy;

    /// <summary>Training stops after this many evaluations in a row without an improvement of the metric.</summary>
    /// <value>Epochs, or evaluations where <see cref="EvaluateEverySteps"/> is set; at least 1; default null: never. Needs validation rows.</value>
    public int? EarlyStoppingPatience { get; set; }

    /// <summary>Fit a temperature on the validation rows by which logits are divided, so that scores match frequencies (Guo et al. 2017, arXiv 1706.04599).</summary>
    /// <value>Default true. Used with validation rows only.</value>
    public bool Calibrate { get; set; } = true;

    /// <summary>The number format of the base model's weights and activations.</summary>
    /// <value>Default <see cref="ComputeType.Auto"/>.</value>
    public ComputeType ComputeType { get; set; } = ComputeType.Auto;

    /// <summary>
    /// Threads with which libtorch computes during the training. This is a setting of the whole process: it also counts for what else uses
    /// TorchSharp at the time, and the former number is set again when the training ends. Another number may change results by rounding.
    /// </summary>
    /// <value>At least 1; default null: what the process has, <c>torch.get_num_threads()</c>.</value>
    public int? ThreadCount { get; set; }

    /// <summary>
    /// Training ends with the first step that is done after this time, keeping the best model so far. Results then depend on the machine's speed; a
    /// training that is gone on with has the time anew.
    /// </summary>
    /// <value>Greater than zero; default null: no limit.</value>
    public TimeSpan? MaxDuration { get; set; }

    /// <summary>
    /// Folder for checkpoints. Each training (its rows, options, seed and base model) has a subfolder of its own with the last good state, written
    /// beside and renamed; a training that ends removes it. A resumed training gives the same bits as one that was never interrupted.
    /// </summary>
    /// <value>A folder, made if it does not exist; default null: no checkpoints.</value>
    public string? CheckpointDirectory { get; set; }

    /// <summary>Optimizer steps between checkpoints.</summary>
    /// <value>At least 1; default null: by <see cref="CheckpointInterval"/> alone.</value>
    public int? CheckpointEverySteps { get; set; }

    /// <summary>Time between checkpoints. One is also written when training is cancelled.</summary>
    /// <value>Longer than zero; default 5 minutes.</value>
    public TimeSpan CheckpointInterval { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// The file of a checkpoint, as <see cref="TrainingDivergedException.Checkpoint"/> names it, whose adapters and head this training begins with
    /// instead of fresh ones: so a training that diverged goes on with a lower learning rate. Base model, <see cref="LoraOptions"/> and labels must be
    /// those of the training that wrote it; optimizer state and schedule begin anew.
    /// </summary>
    /// <value>A file; default null.</value>
    public string? StartFrom { get; set; }

    /// <summary>
    /// Bytes of token ids that are kept in memory. Those of a set of rows that has more go to a cache file, and a row then takes at most
    /// 16 bytes of memory however long it is; results do not change.
    /// </summary>
    /// <value>At least 0; default 1 MiB, some ten thousand short rows, so that a large set takes no more than its 16 bytes a row.</value>
    public long TokenCacheThreshold { get; set; } = 1L << 20;

    /// <summary>
    /// Folder for the cache file of token ids. The file has no name there: its space is free again when the training ends, and when the
    /// process dies.
    /// </summary>
    /// <value>A folder, made if it does not exist; default null: the system's folder for temporary files.</value>
    public string? TokenCacheDirectory { get; set; }

    /// <summary>What a training does when its <see cref="CancellationToken"/> or ML.NET cancels it.</summary>
    /// <value>Default <see cref="CancelMode.Throw"/>.</value>
    public CancelMode OnCancel { get; set; }

    /// <summary>What to do with a checkpoint of the same training.</summary>
    /// <value>Default <see cref="ResumeMode.Auto"/>.</value>
    public ResumeMode Resume { get; set; } = ResumeMode.Auto;

    /// <summary>
    /// Go on from a checkpoint although libtorch, instruction set, compute type or thread count are others than when it was written. The result
    /// is then not bit for bit that of an uninterrupted training.
    /// </summary>
    /// <value>Default false: such a checkpoint is refused.</value>
    public bool ResumeInOtherEnvironment { get; set; }

    /// <summary>Checks everything that can be checked without data.</summary>
    internal void Validate(OptionProblems problems)
    {
        problems.CheckAtLeast("TrainingOptions.BatchSize", BatchSize, 1);
        problems.CheckAtLeast("TrainingOptions.MaxEpochs", MaxEpochs, 1);
        problems.CheckAtLeast("TrainingOptions.MaxTokensPerBatch", MaxTokensPerBatch, 1);
        problems.CheckEnum("TrainingOptions.BatchComposition", BatchComposition);
        CheckPositive(problems, "TrainingOptions.LearningRate", LearningRate);
        if (HeadLearningRate is { } head)
            CheckPositive(problems, "TrainingOptions.HeadLearningRate", head);
        if (LoraPlusRatio is { } ratio)
            CheckPositive(problems, "TrainingOptions.LoraPlusRatio", ratio);
        problems.CheckEnum("TrainingOptions.Schedule", Schedule);
        problems.CheckRange("TrainingOptions.WarmupRatio", WarmupRatio, 0, 1);
        if (WarmupSteps is { } warmup)
            problems.CheckAtLeast("TrainingOptions.WarmupSteps", warmup, 0);
        if (ScheduleCycles is { } cycles)
            CheckPositive(problems, "TrainingOptions.ScheduleCycles", cycles);
        if (Schedule == LearningRateSchedule.CosineWithRestarts && ScheduleCycles is { } whole && whole != Math.Floor(whole))
            problems.Add("TrainingOptions.ScheduleCycles", FormattableString.Invariant($"is {whole}; the schedule with restarts needs a whole number."));
        CheckPositive(problems, "TrainingOptions.SchedulePower", SchedulePower);
        problems.CheckRange("TrainingOptions.MinimumLearningRate", MinimumLearningRate, 0, double.PositiveInfinity);
        if (MinimumLearningRate >= LearningRate && LearningRate > 0)
        {
            problems.Add("TrainingOptions.MinimumLearningRate",
                FormattableString.Invariant($"is {MinimumLearningRate}; it must be below LearningRate, which is {LearningRate}."));
        }

        problems.CheckRange("TrainingOptions.DecayRatio", DecayRatio, 0, 1, minimumAllowed: false);
        ValidateUse(problems);
        ValidateOptimizer(problems);
        problems.CheckEnum("TrainingOptions.WarmupShape", WarmupShape);
        problems.CheckEnum("TrainingOptions.DecayShape", DecayShape);
        if (WarmupStartRatio is { } start)
            problems.CheckRange("TrainingOptions.WarmupStartRatio", start, 0, 1);
        if (ScheduleTimeScale is { } scale)
            problems.CheckAtLeast("TrainingOptions.ScheduleTimeScale", scale, 1);
        problems.CheckRange("TrainingOptions.WeightDecay", WeightDecay, 0, double.PositiveInfinity);
        problems.CheckRange("TrainingOptions.Beta1", Beta1, 0, 1, maximumAllowed: false);
        problems.CheckRange("TrainingOptions.Beta2", Beta2, 0, 1, maximumAllowed: false);
        CheckPositive(problems, "TrainingOptions.Epsilon", Epsilon);
        problems.CheckRange("TrainingOptions.MaxGradientNorm", MaxGradientNorm, 0, double.PositiveInfinity);
        problems.CheckRange("TrainingOptions.LabelSmoothing", LabelSmoothing, 0, 1, maximumAllowed: false);
        problems.CheckRange("TrainingOptions.FocalGamma", FocalGamma, 0, double.PositiveInfinity);
        if (FocalGamma > 0 && LabelSmoothing > 0)
            problems.Add("TrainingOptions.FocalGamma", "is set together with LabelSmoothing; set one of them.");
        if (ClassWeights is not null && BalanceClasses)
            problems.Add("TrainingOptions.BalanceClasses", "is set together with ClassWeights; set one of them.");
        for (int i = 0; i < (ClassWeights?.Count ?? 0); i++)
            problems.CheckRange($"TrainingOptions.ClassWeights[{i}]", ClassWeights![i], 0, double.PositiveInfinity);
        if (ClassWeights is { Count: > 0 } weights && weights.All(w => w == 0))
            problems.Add("TrainingOptions.ClassWeights", "are all 0; at least one class must count.");
        problems.CheckRange("TrainingOptions.HeadDropout", HeadDropout, 0, 1, maximumAllowed: false);
        if (BalanceSampling && (BalanceClasses || ClassWeights is not null))
            problems.Add("TrainingOptions.BalanceSampling", "is set together with BalanceClasses or ClassWeights; set one of them.");
        problems.CheckRange("TrainingOptions.EmbeddingNoise", EmbeddingNoise, 0, double.PositiveInfinity);
        problems.CheckRange("TrainingOptions.ValidationFraction", ValidationFraction, 0, 1, maximumAllowed: false);
        if (EvaluateEverySteps is { } evaluateEvery)
            problems.CheckAtLeast("TrainingOptions.EvaluateEverySteps", evaluateEvery, 1);
        problems.CheckEnum("TrainingOptions.SelectionMetric", SelectionMetric);
        if (EarlyStoppingPatience is { } patience)
            problems.CheckAtLeast("TrainingOptions.EarlyStoppingPatience", patience, 1);
        problems.CheckEnum("TrainingOptions.ComputeType", ComputeType);
        if (ThreadCount is { } threads)
            problems.CheckAtLeast("TrainingOptions.ThreadCount", threads, 1);
        if (CheckpointDirectory is not null && string.IsNullOrWhiteSpace(CheckpointDirectory))
            problems.Add("TrainingOptions.CheckpointDirectory", "is empty; name a folder, or leave it null.");
        if (CheckpointEverySteps is { } every)
        {
            problems.CheckAtLeast("TrainingOptions.CheckpointEverySteps", every, 1);
            if (CheckpointDirectory is null)
                problems.Add("TrainingOptions.CheckpointEverySteps", "is set without a CheckpointDirectory, so nothing would be saved; name a folder.");
        }

        if (CheckpointInterval <= TimeSpan.Zero)
            problems.Add("TrainingOptions.CheckpointInterval", $"is {CheckpointInterval}; it must be longer than zero.");
        problems.CheckAtLeast("TrainingOptions.TokenCacheThreshold", TokenCacheThreshold, 0);
        if (TokenCacheDirectory is not null && string.IsNullOrWhiteSpace(TokenCacheDirectory))
            problems.Add("TrainingOptions.TokenCacheDirectory", "is empty; name a folder, or leave it null.");
        problems.CheckEnum("TrainingOptions.OnCancel", OnCancel);
        problems.CheckEnum("TrainingOptions.Resume", Resume);
        if (CheckpointDirectory is null && Resume == ResumeMode.Required)
            problems.Add("TrainingOptions.Resume", "is Required without a CheckpointDirectory.");
        if (MaxDuration is { } duration && duration <= TimeSpan.Zero)
            problems.Add("TrainingOptions.MaxDuration", $"is {duration}; it must be longer than zero.");
    }

    /// <summary>An option of the schedule that this schedule does not have would be ignored without a word.</summary>
    private void ValidateUse(OptionProblems problems)
    {
        Check(ScheduleCycles is not null, nameof(ScheduleCycles), LearningRateSchedule.Cosine, LearningRateSchedule.CosineWithRestarts, LearningRateSchedule.CosineWithMinimum,
            LearningRateSchedule.CosineWarmupWithMinimum);
        Check(SchedulePower != 1, nameof(SchedulePower), LearningRateSchedule.Polynomial);
        Check(MinimumLearningRate > 0, nameof(MinimumLearningRate), LearningRateSchedule.CosineWithMinimum, LearningRateSchedule.CosineWarmupWithMinimum,
            LearningRateSchedule.Polynomial, LearningRateSchedule.WarmupStableDecay);
        Check(DecayRatio != 0.2, nameof(DecayRatio), LearningRateSchedule.WarmupStableDecay);
        Check(WarmupShape != LearningRateRamp.Linear, nameof(WarmupShape), LearningRateSchedule.WarmupStableDecay);
        Check(DecayShape != LearningRateRamp.Cosine, nameof(DecayShape), LearningRateSchedule.WarmupStableDecay);
        Check(WarmupStartRatio is not null, nameof(WarmupStartRatio), LearningRateSchedule.CosineWarmupWithMinimum);
        Check(ScheduleTimeScale is not null, nameof(ScheduleTimeScale), LearningRateSchedule.InverseSquareRoot);

        void Check(bool isSet, string option, params LearningRateSchedule[] schedules)
        {
            if (isSet && Enum.IsDefined(Schedule) && !schedules.Contains(Schedule))
                problems.Add($"TrainingOptions.{option}", $"is set, and the schedule {Schedule} has no use for it; it belongs to {string.Join(", ", schedules)}.");
        }
    }

    private void ValidateOptimizer(OptionProblems problems)
    {
        problems.CheckEnum("TrainingOptions.Optimizer", Optimizer);
        problems.CheckRange("TrainingOptions.Momentum", Momentum, 0, 1, maximumAllowed: false);
        problems.CheckRange("TrainingOptions.Dampening", Dampening, 0, 1, maximumAllowed: false);
        Check(AmsGrad, nameof(AmsGrad), OptimizerKind.AdamW, OptimizerKind.Adam);
        Check(Beta1 != 0.9, nameof(Beta1), OptimizerKind.AdamW, OptimizerKind.Adam);
        Check(Beta2 != 0.999, nameof(Beta2), OptimizerKind.AdamW, OptimizerKind.Adam);
        Check(Epsilon != 1e-8, nameof(Epsilon), OptimizerKind.AdamW, OptimizerKind.Adam);
        Check(Momentum != 0, nameof(Momentum), OptimizerKind.Sgd);
        Check(Dampening != 0, nameof(Dampening), OptimizerKind.Sgd);
        Check(Nesterov, nameof(Nesterov), OptimizerKind.Sgd);
        if (Optimizer != OptimizerKind.Sgd)
            return;
        if (Momentum == 0 && (Nesterov || Dampening != 0))
            problems.Add($"TrainingOptions.{(Nesterov ? nameof(Nesterov) : nameof(Dampening))}", "is set without Momentum; set that too, for example to 0.9.");
        if (Nesterov && Dampening != 0)
            problems.Add("TrainingOptions.Nesterov", FormattableString.Invariant($"is set together with Dampening, which is {Dampening}; set one of them."));

        void Check(bool isSet, string option, params OptimizerKind[] optimizers)
        {
            if (isSet && Enum.IsDefined(Optimizer) && !optimizers.Contains(Optimizer))
                problems.Add($"TrainingOptions.{option}", $"is set, and the optimizer {Optimizer} has no use for it; it belongs to {string.Join(", ", optimizers)}.");
        }
    }

    /// <summary>Checks what depends on whether there are validation rows.</summary>
    internal void ValidateValidation(OptionProblems problems, bool hasValidationSet)
    {
        if (hasValidationSet || ValidationFraction > 0)
            return;
        if (EarlyStoppingPatience is not null)
            problems.Add("TrainingOptions.EarlyStoppingPatience", "is set, and there are no validation rows; set ValidationSet or ValidationFraction.");
        if (EvaluateEverySteps is not null)
            problems.Add("TrainingOptions.EvaluateEverySteps", "is set, and there are no validation rows; set ValidationSet or ValidationFraction.");
    }

    /// <summary>A copy that later changes of this instance do not reach.</summary>
    internal TrainingOptions Snapshot()
    {
        var copy = (TrainingOptions)MemberwiseClone();
        copy.ClassWeights = ClassWeights?.ToArray();
        return copy;
    }

    private static void CheckPositive(OptionProblems problems, string option, double value) =>
        problems.CheckRange(option, value, 0, double.PositiveInfinity, minimumAllowed: false);
}
