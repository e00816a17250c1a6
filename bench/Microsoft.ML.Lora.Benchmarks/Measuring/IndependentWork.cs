using System.Diagnostics;

namespace Microsoft.ML.Lora.Benchmarks.Measuring;

/// <summary>
/// Arithmetic in pieces that share no memory and fit the innermost cache: what several cores give at best on this machine at this moment.
/// A virtual machine's cores share theirs with others, and rarely give two times one for long.
/// </summary>
internal sealed class IndependentWork
{
    private const int Numbers = 1024;

    private readonly uint[][] _pieces;
    private readonly int _repeats = 1;

    /// <param name="pieces">In how many pieces the work is cut.</param>
    /// <param name="milliseconds">About how long one core takes for all.</param>
    public IndependentWork(int pieces, double milliseconds)
    {
        _pieces = [.. Enumerable.Range(0, pieces).Select(p => Enumerable.Range(0, Numbers).Select(i => (uint)(i + p) * 2654435761).ToArray())];
        for (; ; _repeats *= 2)
        {
            long start = Stopwatch.GetTimestamp();
            OnOneThread();
            double took = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            if (took < milliseconds / 4)
                continue;
            _repeats = Math.Max(1, (int)(_repeats * milliseconds / took));
            return;
        }
    }

    public void OnOneThread()
    {
        foreach (uint[] piece in _pieces)
            Work(piece);
    }

    public void OnAllCores() => Parallel.ForEach(_pieces, Work);

    private void Work(uint[] piece)
    {
        ulong a = 0, b = 0;
        for (int repeat = 0; repeat < _repeats; repeat++)
        {
            for (int i = 0; i + 1 < piece.Length; i += 2)
            {
                a = ((a + piece[i]) * 3) ^ (a >> 7);
                b = ((b + piece[i + 1]) * 5) ^ (b >> 9);
            }
        }

        piece[0] ^= (uint)(a + b) & 1;
    }
}
