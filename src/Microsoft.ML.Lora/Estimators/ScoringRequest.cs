using System.Runtime.ExceptionServices;
using Microsoft.ML.Lora.Models;

namespace Microsoft.ML.Lora.Estimators;

/// <summary>Rows that one caller waits for. Lanes take parts of it and fill in the results.</summary>
internal sealed class ScoringRequest(IBatchModel model, IReadOnlyList<TokenizedRow> rows)
{
    private readonly float[][] _results = new float[rows.Count][];
    // A forward pass takes far longer than a caller should spin.
    private readonly ManualResetEventSlim _done = new(false, spinCount: 1);
    private int _left = rows.Count;
    private ExceptionDispatchInfo? _error;

    public IBatchModel Model => model;

    public IReadOnlyList<TokenizedRow> Rows => rows;

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

    /// <summary>Waits until every row has its result.</summary>
    public float[][] Wait()
    {
        _done.Wait();
        _error?.Throw();
        return _results;
    }

    private void Finish()
    {
        if (Interlocked.Decrement(ref _left) == 0)
            _done.Set();
    }
}
