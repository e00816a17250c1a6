using Microsoft.ML.Lora.Estimators;
using Microsoft.ML.Lora.Models;
using TorchSharp;

namespace Microsoft.ML.Lora.Benchmarks.Scoring;

/// <summary>What the scoring lanes do with small batches when nobody has to wake, come back or be waited for: the most that callers with a row each can get.</summary>
internal sealed class FedLanes : IDisposable
{
    private readonly ScoringModel _model;
    private readonly TokenizedRow[] _rows;

    /// <param name="state">The classifier.</param>
    /// <param name="baseModel">Its base.</param>
    /// <param name="rows">What to score.</param>
    /// <param name="rowsAtOnce">Rows in all lanes together.</param>
    public FedLanes(ClassifierState state, BaseModel baseModel, TokenizedRow[] rows, int rowsAtOnce)
    {
        _model = new ScoringModel(state, baseModel, torch.CPU);
        _rows = rows;
        RowsPerBatch = Math.Max(1, rowsAtOnce / ScoringLanes.Shared.Count);
    }

    /// <summary>Rows of each forward pass.</summary>
    public int RowsPerBatch { get; }

    /// <summary>Scores all rows, on as many threads as there are lanes.</summary>
    public void Run()
    {
        int next = 0;
        Thread[] threads = [.. Enumerable.Range(0, ScoringLanes.Shared.Count).Select(_ => new Thread(() =>
        {
            for (int first; (first = Interlocked.Add(ref next, RowsPerBatch) - RowsPerBatch) < _rows.Length;)
                _model.Run(_rows[first..Math.Min(_rows.Length, first + RowsPerBatch)]);
        }))];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();
    }

    public void Dispose() => _model.Release();
}
