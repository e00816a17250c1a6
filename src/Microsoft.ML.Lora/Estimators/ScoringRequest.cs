using System.Runtime.ExceptionServices;
using Microsoft.ML.Lora.Models;

namespace Microsoft.ML.Lora.Estimators;

/// <summary>Rows that one caller waits for. Lanes take parts of it and fill in the results.</summary>
internal sealed class ScoringRequest : IPendingScores
{
    private readonly ScoringLanes _lanes;
    private readonly float[][] _results;
    // A forward pass takes far longer than a caller should spin.
    private readonly ManualResetEventSlim _done;
    private int _left;
    private ExceptionDispatchInfo? _error;

    public ScoringRequest(ScoringLanes lanes, IBatchModel model, IReadOnlyList<TokenizedRow> rows)
    {
        _lanes = lanes;
        Model = model;
        Rows = rows;
        _results = new float[rows.Count][];
        _left = rows.Count;
        _done = new ManualResetEventSlim(rows.Count == 0, spinCount: 1);
    }

    public IBatchModel Model { get; }

    public IReadOnlyList<TokenizedRow> Rows { get; }

    /// <summary>Stores the result of one row; the last one wakes the caller.</summary>
    public void Complete(int row, float[] scores)
    {
        _results[row] = scores;
        Finish();
    }

    /// <summary>Gives one row up; the caller gets the first such error.</summary>
    public void Fail(Exception error)
    {
        Interlocked.CompareExchange(ref _error, ExceptionDispatchInfo.Capture(error), null);
        Finish();
    }

    /// <inheritdoc/>
    public float[][] Wait()
    {
        _done.Wait();
        _error?.Throw();
        return _results;
    }

    /// <inheritdoc/>
    public void Abandon()
    {
        _lanes.Withdraw(this);
        _done.Wait();
    }

    private void Finish()
    {
        if (Interlocked.Decrement(ref _left) == 0)
            _done.Set();
    }
}
