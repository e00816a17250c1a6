using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
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
    private const int TokensPerBatch = 1536;

    // Above this the products are at full speed, and a lane takes what the free ones leave; below it more tokens make them faster.
    private const int TokensOfFullSpeed = 1024;

    // How long a lane waits for callers that it has just served, as a part of the time that serving them took.
    private const int ReturnShare = 4;

    private static readonly TimeSpan s_longestReturn = TimeSpan.FromMilliseconds(20);

    private readonly ScoringQueue _queue = new();
    private readonly Lane[] _lanes;
    private readonly List<Lane> _waiting = []; // the one that has waited for the shortest time is last
    private bool _started;

    /// <param name="laneCount">Threads, started when the first request arrives.</param>
    public ScoringLanes(int laneCount) => _lanes = [.. Enumerable.Range(0, laneCount).Select(_ => new Lane())];

    /// <summary>
    /// The lanes of the process: as many as fit beside each other, each with the number of threads that libtorch has (<c>torch.get_num_threads()</c>) when the
    /// first row is scored. One thread a lane gives the highest throughput, because lanes never wait for each other; all cores in one lane the shortest time
    /// for a single row. That number is the application's choice.
    /// </summary>
    public static ScoringLanes Shared => LazyShared.Instance;

    /// <summary>How many lanes there are.</summary>
    public int Count => _lanes.Length;

    /// <summary>Computes the rows' class probabilities; returns when all are there.</summary>
    public float[][] Score(IBatchModel model, IReadOnlyList<TokenizedRow> rows) => Start(model, rows).Wait();

    /// <summary>Begins to compute the rows' class probabilities.</summary>
    public ScoringRequest Start(IBatchModel model, IReadOnlyList<TokenizedRow> rows)
    {
        var request = new ScoringRequest(this, model, rows);
        if (rows.Count == 0)
            return request;
        lock (_queue)
        {
            int pieces = _queue.Add(request);
            if (!_started)
            {
                _started = true;
                for (int i = 0; i < _lanes.Length; i++)
                {
                    Lane lane = _lanes[i];
                    new Thread(() => Run(lane)) { IsBackground = true, Name = $"LoRA scoring lane {i + 1}" }.Start();
                }
            }

            Wake(pieces);
        }

        return request;
    }

    /// <summary>Gives up the rows of a request that no lane has begun.</summary>
    public void Withdraw(ScoringRequest request)
    {
        List<ScoringWork> left;
        lock (_queue)
            left = _queue.Remove(request);
        foreach (ScoringWork work in left)
            work.Fail(new OperationCanceledException("The rows were given up before they were scored."));
    }

    private void Run(Lane lane)
    {
        while (true)
            TakeAndCompute(lane);
    }

    // A method of its own, so that no local variable keeps the last request alive while the lane waits.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void TakeAndCompute(Lane lane)
    {
        List<ScoringWork> batch = Take(lane);
        if (TryCompute(batch, () => EndBatch(lane), out Exception? error))
            return;
        foreach (ScoringWork work in batch)
        {
            // One caller's rows must not fail another's.
            Exception? own = error;
            if (batch.Count == 1 || !TryCompute([work], () => { }, out own))
                work.Fail(own);
        }
    }

    private List<ScoringWork> Take(Lane lane)
    {
        while (true)
        {
            int patience;
            lock (_queue)
            {
                _waiting.Remove(lane);
                patience = lane.Patience();
                if (IsReady(lane))
                    return Take(lane, _queue.Next!);
                if (patience == 0)
                    lane.Forget();
                _waiting.Add(lane);
            }

            lane.Signal.Wait(patience == 0 ? Timeout.Infinite : patience);
        }
    }

    private List<ScoringWork> Take(Lane lane, IBatchModel model)
    {
        (int pieces, long tokens) = _queue.Waiting(model);
        List<ScoringWork> batch;
        if (model.OneByOne)
            batch = _queue.Take(1, long.MaxValue);
        else if (tokens <= TokensOfFullSpeed)
            batch = _queue.Take(Share(lane, model, pieces), long.MaxValue);
        else
            batch = _queue.Take(int.MaxValue, Math.Min((tokens + Free - 1) / Free, TokensPerBatch));
        lane.Begin(model, batch.Count);
        if (_queue.Next is not null)
            Wake(1);
        return batch;
    }

    /// <summary>Lanes that compute nothing.</summary>
    private int Free => _lanes.Count(lane => lane.Pieces == 0);

    /// <summary>
    /// Whether a lane should begin. Callers that it has just served come back at once, if they have more: it waits a moment for them, as a forward pass over
    /// all their rows takes hardly longer than one over the first that is back.
    /// </summary>
    private bool IsReady(Lane lane)
    {
        if (_queue.Next is not { } model)
            return false;
        if (lane.Patience() == 0 || !ReferenceEquals(lane.Model, model))
            return true;
        (int pieces, long tokens) = _queue.Waiting(model);
        return tokens > TokensOfFullSpeed || pieces >= Math.Min(Share(lane, model, pieces), Math.Max(pieces, lane.Served));
    }

    /// <summary>
    /// Pieces for one lane when there is little to do, as when many callers wait with a row each: an even part, counting what other lanes compute. A lane
    /// that took everything would leave them nothing but the next few rows again and again.
    /// </summary>
    private int Share(Lane lane, IBatchModel model, int waiting)
    {
        int all = ReferenceEquals(lane.Model, model) ? Math.Max(waiting, lane.Served) : waiting;
        foreach (Lane other in _lanes)
            all += ReferenceEquals(other.Model, model) ? other.Pieces : 0;
        return (all + _lanes.Length - 1) / _lanes.Length;
    }

    /// <summary>Wakes lanes that should begin, those first that computed last.</summary>
    private void Wake(int most)
    {
        for (int i = _waiting.Count - 1; i >= 0 && most > 0; i--)
        {
            Lane lane = _waiting[i];
            if (!IsReady(lane))
                continue;
            _waiting.RemoveAt(i);
            lane.Signal.Release();
            most--;
        }
    }

    /// <summary>Counts a lane as free again, before callers learn their results: the next request may come at once.</summary>
    private void EndBatch(Lane lane)
    {
        lock (_queue)
            lane.End();
    }

    private static bool TryCompute(List<ScoringWork> batch, Action computed, [NotNullWhen(false)] out Exception? error)
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
            foreach (ScoringWork work in batch)
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

    /// <summary>What is known of one thread. Guarded by the queue's lock, but for the signal.</summary>
    private sealed class Lane
    {
        private long _began, _patientUntil;

        /// <summary>Released when there is something to do.</summary>
        public SemaphoreSlim Signal { get; } = new(0);

        /// <summary>The model of the batch that is computed, or was just now.</summary>
        public IBatchModel? Model { get; private set; }

        /// <summary>Pieces of the batch that is computed; 0 for none.</summary>
        public int Pieces { get; private set; }

        /// <summary>Pieces of the batch before, whose callers may be back soon.</summary>
        public int Served { get; private set; }

        public void Begin(IBatchModel model, int pieces)
        {
            (Model, Pieces, Served) = (model, pieces, 0);
            _began = Stopwatch.GetTimestamp();
        }

        public void End()
        {
            long now = Stopwatch.GetTimestamp();
            _patientUntil = now + Math.Min((now - _began) / ReturnShare, (long)(s_longestReturn.TotalSeconds * Stopwatch.Frequency));
            (Served, Pieces) = (Pieces, 0);
        }

        /// <summary>Milliseconds that it may still wait for more than there is; 0 for none.</summary>
        public int Patience() => Model is null ? 0 : (int)Math.Max(0, (_patientUntil - Stopwatch.GetTimestamp()) * 1000 / Stopwatch.Frequency);

        /// <summary>Nobody has come back.</summary>
        public void Forget() => (Model, Served) = (null, 0);
    }

    private static class LazyShared
    {
        public static readonly ScoringLanes Instance = new(Math.Max(1, Environment.ProcessorCount / Math.Max(1, torch.get_num_threads())));
    }
}
