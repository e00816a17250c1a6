using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.Lora.Adapters;
using Microsoft.ML.Lora.Configuration;
using Microsoft.ML.Lora.Kernels;

namespace Microsoft.ML.Lora.Training;

/// <summary>The training loop: epochs of shuffled batches, evaluation, the best epoch kept, calibration.</summary>
internal sealed class Trainer
{
    /// <summary>A mean loss this many times that of guessing has exploded; no useful training comes back from it.</summary>
    private const double ExplodedLoss = 1000;

    private readonly SequenceClassifier _classifier;
    private readonly TrainingSet _train;
    private readonly TrainingSet? _validation;
    private readonly TrainingOptions _options;
    private readonly ulong _seed;
    private readonly IProgress<TrainingProgress>? _progress;
    private readonly Action<string> _info;
    private readonly CancellationToken _cancellationToken;
    private readonly ClassifierOptimizer _optimizer;
    private readonly TrainingStep _step;
    private readonly Stopwatch _elapsed = Stopwatch.StartNew();
    private readonly Stopwatch _training = new();
    private readonly List<EpochResult> _epochs = [];
    private readonly long _stepsPerEpoch;
    private readonly BestEpoch _best;
    private CheckpointStore? _checkpoints;
    private int _epoch = 1;
    private int _batch;
    private double _lossSum;
    private double _lossDivisor;
    private long _steps;
    private long _firstStep;
    private long _rows;
    private bool _outOfTime;

    private Trainer(
        SequenceClassifier classifier, TrainingSet train, TrainingSet? validation, TrainingOptions options, ulong seed,
        IProgress<TrainingProgress>? progress, Action<string> info, Action<string> warn, CancellationToken cancellationToken)
    {
        _classifier = classifier;
        _train = train;
        _validation = validation;
        _options = options;
        _seed = seed;
        _progress = progress;
        _info = info;
        _cancellationToken = cancellationToken;
        _stepsPerEpoch = (train.Count + options.BatchSize - 1) / options.BatchSize;
        _best = new BestEpoch(options.SelectionMetric);
        _optimizer = ClassifierOptimizer.Create(classifier.Parameters, options, TotalSteps);
        _step = new TrainingStep(classifier, CreateLoss(options, train, warn), seed, options.MaxTokensPerBatch, options.EmbeddingNoise);
    }

    private long TotalSteps => _stepsPerEpoch * _options.MaxEpochs;

    private double? ValidationAccuracy => _epochs.Count == 0 ? null : _epochs[^1].ValidationAccuracy;

    /// <summary>Trains adapters and head in place; the base is not changed.</summary>
    /// <param name="classifier">What is trained.</param>
    /// <param name="train">The rows; with <see cref="TrainingOptions.ValidationFraction"/> and no validation set, a part of them is set aside.</param>
    /// <param name="validation">Rows to choose the best epoch by, or null.</param>
    /// <param name="options">How.</param>
    /// <param name="seed">Of everything random.</param>
    /// <param name="progress">Told after every step and every evaluation; may be null.</param>
    /// <param name="info">Lines for a log.</param>
    /// <param name="warn">Lines that a user should see.</param>
    /// <param name="cancellationToken">Checked at every step and between layers.</param>
    /// <exception cref="ArgumentException">The options are not valid, or do not fit the rows.</exception>
    /// <exception cref="TrainingDivergedException">The loss is not a number or exploded.</exception>
    /// <exception cref="OperationCanceledException">Cancelled, after writing a checkpoint where a folder for them is set.</exception>
    /// <exception cref="IOException">A checkpoint could not be written; the last good one is intact.</exception>
    public static TrainingResult Run(
        SequenceClassifier classifier, TrainingSet train, TrainingSet? validation, TrainingOptions options, ulong seed,
        IProgress<TrainingProgress>? progress, Action<string> info, Action<string> warn, CancellationToken cancellationToken)
    {
        options = options.Snapshot();
        Validate(classifier, train, validation, options);
        if (validation is null && options.ValidationFraction > 0)
            (train, validation) = train.Split(options.ValidationFraction, seed);
        var trainer = new Trainer(classifier, train, validation, options, seed, progress, info, warn, cancellationToken);
        if (options.CheckpointDirectory is null)
            return trainer.Run();
        using CheckpointStore checkpoints = CheckpointStore.Open(
            options, TrainingIdentity.Of(classifier, train, validation, options, seed), TrainingIdentity.Environment(classifier));
        return trainer.Run(checkpoints);
    }

    private static void Validate(SequenceClassifier classifier, TrainingSet train, TrainingSet? validation, TrainingOptions options)
    {
        var problems = new OptionProblems();
        options.Validate(problems);
        if (options.ClassWeights is { } weights && weights.Count != classifier.Classes)
            problems.Add("TrainingOptions.ClassWeights", $"has {weights.Count} numbers; there are {classifier.Classes} classes.");
        if (options.EarlyStoppingPatience is not null && validation is null && options.ValidationFraction == 0)
            problems.Add("TrainingOptions.EarlyStoppingPatience", "is set, and there are no validation rows; give a validation set or a ValidationFraction.");
        if (validation is { Count: 0 })
            problems.Add("validationSet", "has no rows.");
        problems.ThrowIfAny(nameof(options));
        if (train.Count == 0)
            throw new ArgumentException("The training set has no rows.", nameof(train));
        if (train.Classes != classifier.Classes || (validation is not null && validation.Classes != classifier.Classes))
            throw new ArgumentException($"The classifier has {classifier.Classes} classes, the training set {train.Classes}, the validation set {validation?.Classes}.", nameof(train));
        long[] counts = train.CountByClass();
        if (counts.Count(n => n > 0) == 1)
        {
            throw new ArgumentException(
                $"All {train.Count} training rows have the same class (index {Array.FindIndex(counts, n => n > 0)}); at least two are needed to tell apart.", nameof(train));
        }

        bool any = false;
        for (int i = 0; i < train.Count && !any; i++)
            any = train.Weight(i) > 0 && (options.ClassWeights is null || options.ClassWeights[train.Label(i)] > 0);
        if (!any)
            throw new ArgumentException("All training rows have weight 0.", nameof(train));
    }

    private static ClassificationLoss CreateLoss(TrainingOptions options, TrainingSet train, Action<string> warn)
    {
        long[] counts = train.CountByClass();
        int absent = counts.Count(n => n == 0);
        if (absent > 0)
            warn($"{absent} of {counts.Length} classes have no training row; they will hardly be predicted.");
        // An absent class has no rows to weigh; 1 keeps label smoothing finite.
        IReadOnlyList<double>? weights = options.BalanceClasses
            ? counts.Select(n => n == 0 ? 1 : train.Count / ((double)counts.Length * n)).ToArray()
            : options.ClassWeights;
        return new ClassificationLoss(train.Classes, weights, options.LabelSmoothing, options.FocalGamma > 0 ? options.FocalGamma : null);
    }

    private TrainingResult Run(CheckpointStore checkpoints)
    {
        _checkpoints = checkpoints;
        if (checkpoints.Load(_options, [.. _classifier.Parameters.Select(p => (int)p.Value.numel())], (_validation?.Count ?? 0) * _classifier.Classes) is { } state)
        {
            Restore(state);
            _info($"Going on from the checkpoint '{checkpoints.StatePath}', after {_steps:N0} steps.");
        }

        try
        {
            TrainingResult result = Run();
            checkpoints.Close();
            return result;
        }
        catch (OperationCanceledException)
        {
            checkpoints.Save(Capture());
            throw;
        }
    }

    private TrainingResult Run()
    {
        _info(string.Create(CultureInfo.InvariantCulture,
            $"Training {_classifier.Parameters.Sum(p => p.Value.numel()):N0} parameters on {_train.Count:N0} rows of {_train.Classes} classes, at most {_options.MaxEpochs} epochs of {_stepsPerEpoch:N0} steps, in {_classifier.Model.ComputeType}{(_validation is null ? "" : $"; validating on {_validation.Count:N0} rows")}."));
        while (_epoch <= _options.MaxEpochs && !_outOfTime && _best.Waited < (_options.EarlyStoppingPatience ?? int.MaxValue))
        {
            RunEpoch();
            EndEpoch();
        }

        if (_best.Parameters is not null && _best.Epoch != _epochs.Count)
            _classifier.LoadParameters(_best.Parameters);
        return Finish(_outOfTime || _epochs.Count < _options.MaxEpochs);
    }

    private void RunEpoch()
    {
        _training.Start();
        int[][] batches = BatchPlan.Epoch(_train, _options, _seed, _epoch - 1);
        while (_batch < batches.Length)
        {
            _cancellationToken.ThrowIfCancellationRequested();
            if (_options.MaxDuration is { } limit && _elapsed.Elapsed >= limit)
            {
                _outOfTime = true;
                _info($"The time of {limit} is up after {_steps} steps.");
                break;
            }

            (double sum, double divisor) = Step(batches[_batch]);
            _lossSum += sum;
            _lossDivisor += divisor;
            _rows += batches[_batch].Length;
            _steps++;
            _batch++;
            if (_checkpoints?.IsDue(_steps) == true)
                _checkpoints.Save(Capture());
            Report(_epoch, MeanLoss, _optimizer.LearningRateAt(_steps - 1));
        }

        _training.Stop();
    }

    /// <summary>Evaluates and moves on to the next epoch; nothing can be cancelled between the two, so a state is never half in an epoch.</summary>
    private void EndEpoch()
    {
        EvaluationResult? evaluation = _validation is null ? null : Evaluator.Evaluate(_classifier, _validation, _cancellationToken);
        bool improved = evaluation is not null && _best.Offer(_epoch, evaluation, _classifier);
        var result = new EpochResult(_epoch, _steps, MeanLoss, _optimizer.LearningRateAt(Math.Max(0, _steps - 1)),
            evaluation?.Loss, evaluation?.Metrics.Accuracy, evaluation?.Metrics.MacroF1);
        _epochs.Add(result);
        (_epoch, _batch, _lossSum, _lossDivisor) = (_epoch + 1, 0, 0, 0);
        Report(result.Epoch, result.TrainingLoss, result.LearningRate);
        _info(Describe(result, improved));
    }

    private double MeanLoss => _lossDivisor > 0 ? _lossSum / _lossDivisor : double.NaN;

    private TrainingState Capture() => new(
        new TrainingPosition(_epoch, _batch, _steps, _lossSum, _lossDivisor, _optimizer.Adam.Steps, _epochs, _best.Epoch, _best.Waited),
        _classifier.CopyParameters(), [.. _optimizer.Adam.FirstMoments], [.. _optimizer.Adam.SecondMoments], _best.Parameters, _best.Validation?.Logits);

    private void Restore(TrainingState state)
    {
        TrainingPosition position = state.Position;
        _classifier.LoadParameters(state.Parameters);
        _optimizer.Adam.Restore(state.FirstMoments, state.SecondMoments, position.AdamSteps);
        (_epoch, _batch, _lossSum, _lossDivisor) = (position.Epoch, position.Batch, position.EpochLossSum, position.EpochDivisor);
        _steps = _firstStep = position.Steps;
        _epochs.AddRange(position.Epochs);
        if (state.BestParameters is not null)
            _best.Restore(position.BestEpoch, position.Waited, Evaluator.Summarise(_validation!, _classifier.Classes, state.BestLogits!), state.BestParameters);
    }

    private (double Sum, double Divisor) Step(int[] batch)
    {
        (double sum, double divisor) = _step.Run(_train, batch, _steps, _cancellationToken);
        if (divisor == 0)
            return (0, 0); // every row weighs 0: nothing to learn, and nothing moves
        double loss = sum / divisor;
        double norm = double.IsFinite(loss) ? _optimizer.CollectGradients() : double.NaN;
        string? reason = !double.IsFinite(loss) ? "the loss is not a finite number"
            : loss > ExplodedLoss * Math.Max(1, Math.Log(_train.Classes)) ? "the loss exploded"
            : !double.IsFinite(norm) ? "the gradient is not finite"
            : null;
        if (reason is not null)
            throw new TrainingDivergedException(_steps + 1, loss, Array.ConvertAll(batch, i => (long)_train.RowOf(i)), reason, _checkpoints?.ExistingPath);
        _optimizer.Step(_steps, norm);
        return (sum, divisor);
    }

    private TrainingResult Finish(bool stoppedEarly)
    {
        double temperature = 1;
        double? before = null, after = null;
        if (_options.Calibrate && _best.Validation is { } validation)
        {
            double[][] logits = validation.LogitRows();
            int[] labels = [.. Enumerable.Range(0, _validation!.Count).Select(_validation.Label)];
            temperature = TemperatureCalibration.Fit(logits, labels);
            before = TemperatureCalibration.ExpectedCalibrationError(logits, labels, 1);
            after = TemperatureCalibration.ExpectedCalibrationError(logits, labels, temperature);
        }

        int bestEpoch = _best.Epoch > 0 ? _best.Epoch : _epochs.Count;
        var history = new TrainingHistory(_epochs, bestEpoch, stoppedEarly, _train.Count, _validation?.Count ?? 0, temperature, before, after);
        double seconds = _training.Elapsed.TotalSeconds;
        double rowsPerSecond = seconds > 0 ? _rows / seconds : 0;
        _info(string.Create(CultureInfo.InvariantCulture,
            $"Trained {_epochs.Count} epochs, {_steps:N0} steps, in {_elapsed.Elapsed.TotalSeconds:F1} s ({rowsPerSecond:F0} rows/s); kept epoch {bestEpoch}."));
        return new TrainingResult(history, _best.Validation, _elapsed.Elapsed, rowsPerSecond);
    }

    private void Report(int epoch, double loss, double rate)
    {
        if (_progress is null)
            return;
        double seconds = _training.Elapsed.TotalSeconds;
        double remaining = _steps > _firstStep ? seconds / (_steps - _firstStep) * (TotalSteps - _steps) : 0;
        _progress.Report(new TrainingProgress(epoch, _options.MaxEpochs, _steps, TotalSteps, loss, rate, ValidationAccuracy,
            seconds > 0 ? _rows / seconds : 0, TimeSpan.FromSeconds(remaining)));
    }

    private static string Describe(EpochResult e, bool improved)
    {
        string text = string.Create(CultureInfo.InvariantCulture, $"Epoch {e.Epoch}: training loss {e.TrainingLoss:F4}");
        if (e.ValidationLoss is null)
            return text;
        return text + string.Create(CultureInfo.InvariantCulture,
            $", validation loss {e.ValidationLoss:F4}, accuracy {e.ValidationAccuracy:F4}, macro F1 {e.ValidationMacroF1:F4}{(improved ? " (best so far)" : "")}");
    }
}
