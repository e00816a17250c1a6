using Microsoft.ML.Lora.Adapters;
using Microsoft.ML.Lora.Models;

namespace Microsoft.ML.Lora.Estimators;

/// <summary>
/// A reader's view of a pool: each key is looked up once, and its adapter, as it is then, serves all rows of the pass. Disposing it gives the
/// adapters back.
/// </summary>
internal sealed class PooledPass(LoraAdapterPool pool) : IDisposable
{
    private readonly Dictionary<string, PooledAdapter?> _found = new(StringComparer.Ordinal);
    private readonly PooledBase _base = pool.BorrowBase();

    /// <summary>The adapter of a key; null where there is none and the pool allows that.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public PooledAdapter? Find(string key)
    {
        if (!_found.TryGetValue(key, out PooledAdapter? adapter))
            _found.Add(key, adapter = pool.Borrow(key));
        return adapter;
    }

    /// <summary>Begins to compute the probabilities of each row; there are none for a row without an adapter.</summary>
    public IPendingScores Start(IReadOnlyList<TokenizedRow> rows)
    {
        if (rows.All(row => row is AdaptedRow))
            return ScoringLanes.Shared.Start(_base, rows);
        return new WithoutUnknown(ScoringLanes.Shared.Start(_base, [.. rows.Where(row => row is AdaptedRow)]), rows);
    }

    public void Dispose()
    {
        foreach (PooledAdapter? adapter in _found.Values)
            adapter?.Served.Release();
        _found.Clear();
        _base.Release();
    }

    /// <summary>Puts nothing where a row has no adapter.</summary>
    private sealed class WithoutUnknown(IPendingScores known, IReadOnlyList<TokenizedRow> rows) : IPendingScores
    {
        public float[][] Wait()
        {
            float[][] scores = known.Wait();
            int next = 0;
            return [.. rows.Select(row => row is AdaptedRow ? scores[next++] : [])];
        }

        public void Abandon() => known.Abandon();
    }
}
