using System.Collections.Concurrent;
using Microsoft.ML.Lora.Estimators;
using Microsoft.ML.Lora.Models;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Estimators;

/// <summary>The queue in front of the models.</summary>
[TestClass]
public sealed class ScoringLanesTests
{
    /// <summary>Gives back the length of each row, slowly enough that requests pile up.</summary>
    private sealed class SlowModel(bool oneByOne = false, int? failAtLength = null, int milliseconds = 5) : IBatchModel
    {
        public ConcurrentQueue<int> Batches { get; } = new();

        public ConcurrentDictionary<int, bool> Threads { get; } = new();

        public bool OneByOne => oneByOne;

        public float[][] Run(IReadOnlyList<TokenizedRow> rows)
        {
            Batches.Enqueue(rows.Count);
            Threads[Environment.CurrentManagedThreadId] = true;
            Thread.Sleep(milliseconds);
            if (rows.Any(row => row.Ids.Length == failAtLength))
                throw new InvalidOperationException("This row cannot be computed.");
            return [.. rows.Select(row => new[] { (float)row.Ids.Length })];
        }
    }

    private static void Parallel(int count, Action<int> action)
    {
        Thread[] callers = [.. Enumerable.Range(0, count).Select(caller => new Thread(() => action(caller)))];
        foreach (Thread caller in callers)
            caller.Start();
        foreach (Thread caller in callers)
            caller.Join();
    }

    private static TokenizedRow Row(int length) => new(new int[length], null, 0);

    [TestMethod]
    public void ResultsComeInTheCallersOrder()
    {
        var lanes = new ScoringLanes(2);
        TokenizedRow[] rows = [.. Enumerable.Range(0, 300).Select(i => Row(1 + i * 37 % 200))];
        float[][] scores = lanes.Score(new SlowModel(), rows);
        CollectionAssert.AreEqual(rows.Select(r => (float)r.Ids.Length).ToArray(), scores.Select(s => s[0]).ToArray());
        Assert.IsEmpty(lanes.Score(new SlowModel(), []));
    }

    [TestMethod]
    public void WaitingCallersShareBatches()
    {
        var lanes = new ScoringLanes(1);
        var model = new SlowModel();
        Parallel(40, caller =>
        {
            for (int i = 0; i < 5; i++)
                Assert.AreEqual(caller + 1, lanes.Score(model, [Row(caller + 1)])[0][0]);
        });
        Assert.AreEqual(200, model.Batches.Sum());
        Assert.IsLessThan(100, model.Batches.Count, "Single rows that waited together were not computed together.");
        Assert.HasCount(1, model.Threads);
        Assert.IsFalse(model.Threads.ContainsKey(Environment.CurrentManagedThreadId));
    }

    [TestMethod]
    public void RowsThatMustNotDependOnOthersAreComputedAlone()
    {
        var model = new SlowModel(oneByOne: true);
        _ = new ScoringLanes(1).Score(model, [.. Enumerable.Range(1, 20).Select(Row)]);
        Assert.HasCount(20, model.Batches);
    }

    [TestMethod]
    public void OneCallersErrorIsNotAnothers()
    {
        var lanes = new ScoringLanes(1);
        var model = new SlowModel(failAtLength: 13);
        int failed = 0;
        Thread[] callers = [.. Enumerable.Range(1, 30).Select(length => new Thread(() =>
        {
            try
            {
                Assert.AreEqual(length, lanes.Score(model, [Row(length)])[0][0]);
            }
            catch (InvalidOperationException) when (length == 13)
            {
                Interlocked.Increment(ref failed);
            }
        }))];
        foreach (Thread caller in callers)
            caller.Start();
        foreach (Thread caller in callers)
            caller.Join();
        Assert.AreEqual(1, failed);
        Assert.AreEqual(5f, lanes.Score(model, [Row(5)])[0][0], "The lane went on after an error.");
    }

    [TestMethod]
    public void FreeLanesShareALargeRequest()
    {
        var lanes = new ScoringLanes(2);
        var model = new SlowModel();
        for (int i = 0; i < 20; i++)
            _ = lanes.Score(model, [.. Enumerable.Range(0, 256).Select(_ => Row(12))]);
        Assert.HasCount(2, model.Threads);
        Assert.AreEqual(20 * 256, model.Batches.Sum());
        Assert.IsLessThan(256, model.Batches.Max(), "One lane took everything while the other was free.");
    }

    [TestMethod]
    public void BatchesAreBoundedByTokens()
    {
        var model = new SlowModel();
        _ = new ScoringLanes(1).Score(model, [.. Enumerable.Range(0, 100).Select(_ => Row(512))]);
        Assert.IsLessThanOrEqualTo(8, model.Batches.Max());
    }

    [TestMethod]
    public void CallersThatComeBackAreWaitedFor()
    {
        var lanes = new ScoringLanes(1);
        var model = new SlowModel(milliseconds: 80);
        Parallel(8, caller =>
        {
            for (int i = 0; i < 10; i++)
                Assert.AreEqual(caller + 1, lanes.Score(model, [Row(caller + 1)])[0][0]);
        });
        Assert.AreEqual(80, model.Batches.Sum());
        Assert.IsLessThan(16, model.Batches.Count, "The lane began with the first caller that came back: two batches where one would do.");
    }

    [TestMethod]
    public void ALaneDoesNotWaitForCallersThatHaveNoMore()
    {
        var lanes = new ScoringLanes(1);
        var model = new SlowModel(milliseconds: 200);
        Parallel(8, _ => lanes.Score(model, [Row(1)]));
        var watch = System.Diagnostics.Stopwatch.StartNew();
        _ = lanes.Score(new SlowModel(milliseconds: 1), [Row(1)]);
        Assert.IsLessThan(200, watch.ElapsedMilliseconds);
        int before = model.Batches.Count;
        _ = lanes.Score(model, [Row(1)]);
        Assert.AreEqual(before + 1, model.Batches.Count);
    }

    [TestMethod]
    public void ASmallRequestDoesNotWaitForALargeOne()
    {
        var lanes = new ScoringLanes(1);
        var model = new SlowModel(milliseconds: 20);
        ScoringRequest large = lanes.Start(model, [.. Enumerable.Range(0, 400).Select(_ => Row(100))]); // 27 batches and more
        _ = lanes.Score(model, [Row(3)]);
        Assert.IsLessThanOrEqualTo(4, model.Batches.Count);
        Assert.IsTrue(large.Wait().All(scores => scores[0] == 100));
        Assert.IsGreaterThan(25, model.Batches.Count);
    }

    [TestMethod]
    public void ManySmallRequestsDoNotHoldALargeOneUp()
    {
        var lanes = new ScoringLanes(2);
        var model = new SlowModel();
        using var stop = new CancellationTokenSource();
        Thread[] callers = [.. Enumerable.Range(0, 16).Select(_ => new Thread(() =>
        {
            while (!stop.IsCancellationRequested)
                lanes.Score(model, [Row(400)]); // more than two lanes take in one batch
        }))];
        foreach (Thread caller in callers)
            caller.Start();
        Task<float[][]> large = Task.Run(() => lanes.Score(model, [.. Enumerable.Range(0, 40).Select(_ => Row(250))]));
        bool done = large.Wait(TimeSpan.FromSeconds(30));
        stop.Cancel();
        foreach (Thread caller in callers)
            caller.Join();
        Assert.IsTrue(done, "The large request was overtaken again and again.");
    }

    [TestMethod]
    public void RowsThatAreGivenUpAreNotComputed()
    {
        var lanes = new ScoringLanes(1);
        var model = new SlowModel(milliseconds: 30);
        ScoringRequest givenUp = lanes.Start(model, [.. Enumerable.Range(0, 400).Select(_ => Row(100))]);
        Task<float[][]> other = Task.Run(() => lanes.Score(model, [Row(7), Row(8)]));
        while (model.Batches.IsEmpty)
            Thread.Yield();
        givenUp.Abandon();
        int computed = model.Batches.Sum();
        Assert.ThrowsExactly<OperationCanceledException>(() => givenUp.Wait());
        CollectionAssert.AreEqual(new[] { 7f, 8f }, other.Result.Select(scores => scores[0]).ToArray());
        Assert.IsLessThan(100, computed);
        Assert.IsLessThanOrEqualTo(computed + 2, model.Batches.Sum());
    }

    [TestMethod]
    public void AnIdleLaneKeepsNoModelAlive()
    {
        var lanes = new ScoringLanes(1);
        WeakReference model = UseAndForget(lanes);
        for (int i = 0; i < 20 && model.IsAlive; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            Thread.Sleep(20);
        }

        Assert.IsFalse(model.IsAlive);
        GC.KeepAlive(lanes);

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static WeakReference UseAndForget(ScoringLanes lanes)
        {
            var model = new SlowModel();
            _ = lanes.Score(model, [Row(3)]);
            return new WeakReference(model);
        }
    }
}
