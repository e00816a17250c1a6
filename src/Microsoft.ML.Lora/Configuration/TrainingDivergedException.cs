using System.Globalization;

namespace Microsoft.ML.Lora;

/// <summary>Training was stopped because the loss, or the gradient, stopped being a finite number or exploded.</summary>
public sealed class TrainingDivergedException : InvalidOperationException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="step">The optimizer step, from 1, at which it happened.</param>
    /// <param name="loss">The loss of that step.</param>
    /// <param name="rows">Row numbers of the batch, from 0, in the order of the training data.</param>
    /// <param name="reason">What was seen.</param>
    /// <param name="checkpoint">The last good checkpoint; null when there is none.</param>
    public TrainingDivergedException(long step, double loss, IReadOnlyList<long> rows, string reason, string? checkpoint = null)
        : base(string.Create(CultureInfo.InvariantCulture,
            $"Training diverged at step {step}: {reason} (loss {loss}). Rows of the batch: {Shorten(rows)}. Lower the learning rate, or check these rows and their weights.{(checkpoint is null ? "" : $" The last good checkpoint is '{checkpoint}'; TrainingOptions.StartFrom goes on from it with other options.")}"))
    {
        Checkpoint = checkpoint;
        Step = step;
        Loss = loss;
        Rows = rows;
    }

    /// <summary>The optimizer step, from 1, at which it happened.</summary>
    public long Step { get; }

    /// <summary>The loss of that step.</summary>
    public double Loss { get; }

    /// <summary>Row numbers of the batch, from 0, in the order of the training data.</summary>
    public IReadOnlyList<long> Rows { get; }

    /// <summary>The last good checkpoint; null when there is none.</summary>
    public string? Checkpoint { get; }

    private static string Shorten(IReadOnlyList<long> rows)
    {
        const int Shown = 64;
        string text = string.Join(", ", rows.Take(Shown));
        return rows.Count <= Shown ? text : $"{text} and {rows.Count - Shown} more";
    }
}
