using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.Lora.Adapters;
using Microsoft.ML.Lora.Diagnostics;

namespace Microsoft.ML.Lora.Training;

/// <summary>The training loop: epochs of shuffled batches, evaluations, the best model kept, calibration.</summary>
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
    private readonly Action<string> _warn;
    private readonly CancellationToken _cancellationToken;
    private readonly ClassifierOptimizer _optimizer;
    private readonly TrainingStep _step;
    private readonly Stopwatch _elapsed = Stopwatch.StartNew();
    private readonly Stopwatch _training = new();
    private readonly List<EpochResult> _epochs = [];
    private readonly List<ValidationResult> _evaluations = [];
    private readonly long _stepsPerEpoch;
    private readonly BestModel _best;
    private CheckpointStore? _checkpoints;
    private int _epoch = 1;
    private int _batch;
    private int[] _current = []; // rows of the batch that is computed, or was the last
    private double _lossSum;
    private double _lossDivisor;
    private long _steps;
    private long _firstStep;
    private long _rows;
    private bool _timeIsUp;
    private TrainingState? _interrupted;

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
        _warn = warn;
        _cancellationToken = cancellationToken;
        _stepsPerEpoch = ((long)train.Count + options.BatchSize - 1) / options.BatchSize;
        _best = new BestModel(options.SelectionMetric);
        _optimizer = ClassifierOptimizer.Create(classifier.Parameters, options, TotalSteps);
        _step = new TrainingStep(classifier, TrainingInput.CreateLoss(options, train, warn), seed, options.MaxTokensPerBatch, options.EmbeddingNoise,
            options.RecomputeActivations);
        if (options.WarmupSteps >= TotalSteps && options.Schedule != LearningRateSchedule.Constant)
            warn($"TrainingOptions.WarmupSteps is {options.WarmupSteps:N0}, and the whole training has {TotalSteps:N0} steps: the learning rate never rises to its highest.");
    }

    private long TotalSteps => _stepsPerEpoch * _options.MaxEpochs;

    private double? ValidationAccuracy => _evaluations.Count == 0 ? null : _evaluations[^1].Accuracy;

    /// <summary>The steps taken have been evaluated: a state tells by its last evaluation whether one is still to be done.</summary>
    private bool IsEvaluated => _evaluations.Count > 0 && _evaluations[^1].Steps == _steps;

    private bool IsPatienceOver => _best.Waited >= (_options.EarlyStoppingPatience ?? int.MaxValue);

    /// <summary>Trains adapters and head in place; the base is not changed.</summary>
    /// <param name="classifier">What is trained.</param>
    /// <param name="train">The rows; with <see cref="TrainingOptions.ValidationFraction"/> and no validation set, a part of them is set aside.</param>
    /// <param name="validation">Rows to choose the best model by, or null.</param>
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
    /// <exception cref="UnauthorizedAccessException">The folder for checkpoints has become read-only; the last good one is intact.</exception>
    public static TrainingResult Run(
        SequenceClassifier classifier, TrainingSet train, TrainingSet? validation, TrainingOptions options, ulong seed,
        IProgress<TrainingProgress>? progress, Action<string> info, Action<string> warn, CancellationToken cancellationToken)
    {
        options = options.Snapshot();
        TrainingInput.Validate(classifier, train, validation, options);
        if (validation is null && options.ValidationFraction > 0)
            (train, validation) = train.Split(options.ValidationFraction, seed);
        TrainingInput.ValidateWeights(validation);
        TrainingInput.StartFrom(classifier, options, info);
        var trainer = new Trainer(classifier, train, validation, options, seed, progress, info, warn, cancellationToken);
        if (options.CheckpointDirectory is null)
            return trainer.Run();
        using CheckpointStore checkpoints = CheckpointStore.Open(options, TrainingIdentity.Of(classifier, train, validation, options, seed));
        return trainer.Run(checkpoints);
    }

    private TrainingResult Run(CheckpointStore checkpoints)
    {
        _checkpoints = checkpoints;
        if (checkpoints.Load(_options, [.. _classifier.Parameters.Select(p => (int)p.Value.numel())], _optimizer.Rule.State.Keys, (_validation?.Count ?? 0) * _classifier.Classes) is { } state)
        {
            Restore(state);
            _info($"Going on from the checkpoint '{checkpoints.StatePath}', after {_steps:N0} steps.");
        }

        TrainingResult result;
        try
        {
            result = Run();
        }
        catch (OperationCanceledException)
        {
            if (Capture() is { } now && IsFinite(now.Parameters)) // else the last good one is the better one
                checkpoints.Save(now);
            throw;
        }

        // A cancelled training that returns its best may still be gone on with.
        if (_interrupted is not null)
            checkpoints.Save(_interrupted);
        else
            checkpoints.Close(_warn);
        return result;
    }

    private TrainingResult Run()
    {
        _info(string.Create(CultureInfo.InvariantCulture,
            $"Training {_classifier.Parameters.Sum(p => p.Value.numel()):N0} parameters on {_train.Count:N0} rows of {_train.Classes} classes, at most {_options.MaxEpochs} epochs of {_stepsPerEpoch:N0} steps, in {_classifier.Model.ComputeType}{(_validation is null ? "" : $"; validating on {_validation.Count:N0} rows")}."));
        try
        {
            while (_epoch <= _options.MaxEpochs && !_timeIsUp && !IsPatienceOver)
            {
                RunEpoch();
                EndEpoch();
            }
        }
        catch (OperationCanceledException) when (_options.OnCancel == CancelMode.ReturnBest && _steps > 0)
        {
            _info($"Cancelled after {_steps} steps.");
            _interrupted = _checkpoints is null ? null : Capture();
            if (_batch > 0)
                _epochs.Add(ResultOfEpoch());
        }

        if (_best.Parameters is not null && _best.Step != _steps)
            _classifier.LoadParameters(_best.Parameters);
        ThrowIf(IsFinite(_classifier.CopyParameters()) ? null : "the last step made parameters that are not finite numbers", MeanLoss);
        return Finish();
    }

    private void RunEpoch()
    {
        IReadOnlyList<int[]> batches = BatchPlan.Epoch(_train, _options, _seed, _epoch - 1);
        while (true)
        {
            // First, so that a resumed training does what the interrupted one did not come to.
            if (_options.EvaluateEverySteps is { } every && _steps > 0 && _steps % every == 0 && !IsEvaluated)
                Evaluate();
            if (_timeIsUp || IsPatienceOver || _batch == batches.Count)
                break;
            _cancellationToken.ThrowIfCancellationRequested();
            _training.Start();
            _current = batches[_batch];
            (double sum, double divisor) = Step();
            _training.Stop();
            _lossSum += sum;
            _lossDivisor += divisor;
            _rows += _current.Length;
            _steps++;
            _batch++;
            if (_options.MaxDuration is { } limit && _elapsed.Elapsed >= limit)
            {
                _timeIsUp = true;
                _info($"The time of {limit} is up after {_steps} steps.");
            }

            Report(_epoch, MeanLoss, _optimizer.LearningRateAt(_steps - 1));
        }
    }

    /// <summary>
    /// Evaluates where that is due and moves on to the next epoch; nothing can be cancelled between the two, so a state is never half in an epoch.
    /// </summary>
    private void EndEpoch()
    {
        bool isLast = _timeIsUp || IsPatienceOver || _steps == TotalSteps;
        if (_validation is not null && !IsEvaluated && (_options.EvaluateEverySteps is null || isLast))
            Evaluate();
        EpochResult result = ResultOfEpoch();
        _epochs.Add(result);
        (_epoch, _batch, _lossSum, _lossDivisor) = (_epoch + 1, 0, 0, 0);
        _info(string.Create(CultureInfo.InvariantCulture, $"Epoch {result.Epoch}: training loss {result.TrainingLoss:F4}"));
        if (_validation is null)
            Report(result.Epoch, result.TrainingLoss, result.LearningRate);
    }

    private void Evaluate()
    {
        LoraEventSource.Log.Evaluation(_steps);
        EvaluationResult evaluation = Evaluator.Evaluate(_classifier, _validation!, _cancellationToken);
        ThrowIf(Problem("validation loss", evaluation.Loss), evaluation.Loss);
        bool improved = _best.Offer(_epoch, _steps, evaluation, _classifier);
        var result = new ValidationResult(_epoch, _steps, MeanLoss, evaluation.Loss, evaluation.Metrics.Accuracy, evaluation.Metrics.MacroF1);
        _evaluations.Add(result);
        Report(_epoch, MeanLoss, _optimizer.LearningRateAt(_steps - 1));
        _info(string.Create(CultureInfo.InvariantCulture,
            $"Step {_steps}: validation loss {result.Loss:F4}, accuracy {result.Accuracy:F4}, macro F1 {result.MacroF1:F4}{(improved ? " (best so far)" : "")}"));
    }

    private EpochResult ResultOfEpoch()
    {
        ValidationResult? evaluation = IsEvaluated ? _evaluations[^1] : null;
        return new EpochResult(_epoch, _steps, MeanLoss, _optimizer.LearningRateAt(_steps - 1), evaluation?.Loss, evaluation?.Accuracy, evaluation?.MacroF1);
    }

    private double MeanLoss => _lossDivisor > 0 ? _lossSum / _lossDivisor : double.NaN;

    private TrainingState Capture() => new(
        new TrainingPosition(_epoch, _batch, _steps, _lossSum, _lossDivisor, [.. _optimizer.Rule.Steps], [.. _epochs], [.. _evaluations],
            _best.Epoch, _best.Step, _best.Waited),
        _classifier.CopyParameters(), _optimizer.Rule.State.ToDictionary(s => s.Key, s => _optimizer.Rule.Split(s.Value)), _best.Parameters, _best.Validation?.Logits);

    private void Restore(TrainingState state)
    {
        TrainingPosition position = state.Position;
        _classifier.LoadParameters(state.Parameters);
        _optimizer.Rule.Restore(state.Moments, position.OptimizerSteps);
        (_epoch, _batch, _lossSum, _lossDivisor) = (position.Epoch, position.Batch, position.EpochLossSum, position.EpochDivisor);
        _steps = _firstStep = position.Steps;
        _epochs.AddRange(position.Epochs);
        _evaluations.AddRange(position.Evaluations);
        if (state.BestParameters is not null)
            _best.Restore(position.BestEpoch, position.BestStep, position.Waited, Evaluator.Summarise(_validation!, _classifier.Classes, state.BestLogits!), state.BestParameters);
    }

    private (double Sum, double Divisor) Step()
    {
        (double sum, double divisor) = _step.Run(_train, _current, _steps, _cancellationToken);
        if (divisor == 0)
            return (0, 0); // every row weighs 0: nothing to learn, and nothing moves
        double loss = sum / divisor;
        LoraEventSource.Log.Optimizer(_steps);
        double norm = double.IsFinite(loss) ? _optimizer.CollectGradients() : double.NaN;
        ThrowIf(Problem("loss", loss) ?? (double.IsFinite(norm) ? null : "the gradient is not finite"), loss, _steps + 1);

        // Only now, of the steps before: the loss that has just been computed says that they came to something good.
        if (_checkpoints?.IsDue(_steps) == true)
            _checkpoints.Save(Capture());
        _optimizer.Step(_steps, norm);
        return (sum, divisor);
    }

    private string? Problem(string what, double loss) => !double.IsFinite(loss) ? $"the {what} is not a finite number"
        : loss > ExplodedLoss * Math.Max(1, Math.Log(_train.Classes)) ? $"the {what} exploded"
        : null;

    private void ThrowIf(string? reason, double loss, long? step = null)
    {
        if (reason is not null)
            throw new TrainingDivergedException(step ?? _steps, loss, Array.ConvertAll(_current, _train.SourceRow), reason, _checkpoints?.ExistingPath);
    }

    private static bool IsFinite(float[][] parameters) => parameters.All(values => Array.TrueForAll(values, float.IsFinite));

    private TrainingResult Finish()
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
            if (TemperatureCalibration.IsAtLimit(temperature))
            {
                _warn(string.Create(CultureInfo.InvariantCulture,
                    $"The {_validation.Count:N0} validation rows do not tell a temperature (all right or too few), so calibration ended at its limit of {temperature:G3}. More validation rows would help, or TrainingOptions.Calibrate = false."));
            }

            _info(string.Create(CultureInfo.InvariantCulture,
                $"Calibrated on the validation rows: temperature {temperature:F3}, expected calibration error {100 * before.Value:F2} % before and {100 * after.Value:F2} % after."));
        }

        int bestEpoch = _best.Epoch > 0 ? _best.Epoch : _epochs.Count;
        var history = new TrainingHistory(_epochs, bestEpoch, _steps < TotalSteps, _train.Count, _validation?.Count ?? 0, temperature, before, after)
        {
            Evaluations = _evaluations,
            BestStep = _best.Epoch > 0 ? _best.Step : _steps,
        };
        double seconds = _training.Elapsed.TotalSeconds;
        double rowsPerSecond = seconds > 0 ? _rows / seconds : 0;
        _info(string.Create(CultureInfo.InvariantCulture,
            $"Trained {_epochs.Count} epochs, {_steps:N0} steps, in {_elapsed.Elapsed.TotalSeconds:F1} s ({rowsPerSecond:F0} rows/s); kept the model of step {history.BestStep:N0}."));
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
}
