using System.Runtime.CompilerServices;
using Microsoft.ML.Lora.Models;
using TorchSharp;

namespace Microsoft.ML.Lora.Estimators;

/// <summary>
/// A fixed number of threads that run models for all callers of the process. Requests that wait for the same model are computed
/// together as one packed batch, so many callers with a row each get the throughput of one caller with many rows.
/// </summary>
/// <remarks>
/// The threads are the library's own for two reasons: libtorch keeps a pool of helper threads for every thread that calls it,
/// and the grad mode and dispose scopes of a caller's thread stay as they are.
/// They are background threads and hold nothing while they wait.
/// </remarks>
internal sealed class ScoringLanes
{
    // A forward pass over this many tokens keeps the matrix products busy; more only costs memory.
    private const int TokensPerBatch = 4096;

    // Requests are cut into pieces of this size, so that free lanes can share a large one.
    private const int TokensPerPiece = 512;

    // Above this the products are at full speed, and a lane takes what the free ones leave; below it more tokens make them faster.
    private const int TokensOfFullSpeed = 1024;

    private readonly LinkedList<Work> _queue = new();
    private readonly int _laneCount;
    private int _started;
    private int _busy;

    /// <param name="laneCount">Threads, started when the first request arrives.</param>
    public ScoringLanes(int laneCount) => _laneCount = laneCount;

    /// <summary>
    /// The lanes of the process: as many as fit beside each other, each with the number of threads that libtorch has (<c>torch.get_num_threads()</c>) when the
    /// first row is scored. One thread a lane gives the highest throughput, because lanes never wait for each other; all cores in one lane the shortest time
    /// for a single row. That number is the application's choice.
    /// </summary>
    public static ScoringLanes Shared => LazyShared.Instance;

    /// <summary>How many lanes there are.</summary>
    public int Count => _laneCount;

    /// <summary>Computes the rows' class probabilities; returns when all are there.</summary>
    public float[][] Score(IBatchModel model, IReadOnlyList<TokenizedRow> rows)
    {
        if (rows.Count == 0)
            return [];
        var request = new ScoringRequest(model, rows);
        lock (_queue)
        {
            foreach (Work work in Split(request))
                _queue.AddLast(work);
            while (_started < _laneCount)
                new Thread(Run) { IsBackground = true, Name = $"LoRA scoring lane {++_started}" }.Start();
            Monitor.PulseAll(_queue);
        }

        return request.Wait();
    }

    // Rows of like length go together; a piece is never larger than that, unless a single row is.
    private static IEnumerable<Work> Split(ScoringRequest request)
    {
        int[] order = [.. Enumerable.Range(0, request.Rows.Count).OrderBy(row => request.Rows[row].Ids.Length)];
        int start = 0;
        int tokens = 0;
        for (int i = 0; i < order.Length; i++)
        {
            int length = request.Rows[order[i]].Ids.Length;
            if (i > start && (tokens + length > TokensPerPiece || request.Model.OneByOne))
            {
                yield return new Work(request, order[start..i], tokens);
                start = i;
                tokens = 0;
            }

            tokens += length;
        }

        yield return new Work(request, order[start..], tokens);
    }

    private void Run()
    {
        while (true)
            TakeAndCompute();
    }

    // A method of its own, so that no local variable keeps the last request alive while the lane waits.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void TakeAndCompute()
    {
        List<Work> batch = Take();
        if (!TryCompute(batch, Done, out Exception? error) && batch.Count == 1)
        {
            foreach (int _ in batch[0].RowIndices)
                batch[0].Request.Fail(error);
        }
        else if (error is not null)
        {
            // One caller's rows must not fail another's.
            foreach (Work work in batch)
            {
                if (TryCompute([work], () => { }, out Exception? own))
                    continue;
                foreach (int _ in work.RowIndices)
                    work.Request.Fail(own);
            }
        }
    }

    private List<Work> Take()
    {
        lock (_queue)
        {
            while (_queue.Count == 0)
                Monitor.Wait(_queue);

            Work first = _queue.First!.Value;
            _queue.RemoveFirst();
            List<Work> batch = [first];
            int tokens = first.Tokens, most = first.Request.Model.OneByOne ? 0 : Share(first);
            for (LinkedListNode<Work>? node = _queue.First; node is not null && tokens < most;)
            {
                LinkedListNode<Work>? next = node.Next;
                if (ReferenceEquals(node.Value.Request.Model, first.Request.Model) && tokens + node.Value.Tokens <= most)
                {
                    batch.Add(node.Value);
                    tokens += node.Value.Tokens;
                    _queue.Remove(node);
                }

                node = next;
            }

            _busy++;
            return batch;
        }
    }

    /// <summary>
    /// Tokens for one lane. Of much, what makes all free lanes finish together. Of little, as when many callers wait with a row each, an even part of it
    /// although the other lanes are busy: a lane that took everything would leave them nothing but the next few rows again and again.
    /// </summary>
    private int Share(Work first)
    {
        long waiting = first.Tokens;
        foreach (Work work in _queue)
            waiting += ReferenceEquals(work.Request.Model, first.Request.Model) ? work.Tokens : 0;
        int parts = waiting > TokensOfFullSpeed ? Math.Max(1, _laneCount - _busy) : _laneCount; // this lane is not counted as busy yet
        return (int)Math.Min((waiting + parts - 1) / parts, TokensPerBatch);
    }

    /// <summary>Counts this lane as free again, before callers learn their results: the next request may come at once.</summary>
    private void Done()
    {
        lock (_queue)
            _busy--;
    }

    private static bool TryCompute(List<Work> batch, Action computed, [System.Diagnostics.CodeAnalysis.NotNullWhen(false)] out Exception? error)
    {
        try
        {
            TokenizedRow[] rows = [.. batch.SelectMany(work => work.RowIndices.Select(row => work.Request.Rows[row]))];
            float[][] scores;
            try
            {
                scores = batch[0].Request.Model.Run(rows);
            }
            finally
            {
                computed();
            }

            int next = 0;
            foreach (Work work in batch)
            {
                foreach (int row in work.RowIndices)
                    work.Request.Complete(row, scores[next++]);
            }

            error = null;
            return true;
        }
        catch (Exception e)
        {
            // It belongs to the caller that waits, whatever it is; the lane goes on.
            error = e;
            return false;
        }
    }

    /// <summary>Rows of one request that are computed together.</summary>
    private sealed record Work(ScoringRequest Request, int[] RowIndices, int Tokens);

    private static class LazyShared
    {
        public static readonly ScoringLanes Instance = new(Math.Max(1, Environment.ProcessorCount / Math.Max(1, torch.get_num_threads())));
    }
}
