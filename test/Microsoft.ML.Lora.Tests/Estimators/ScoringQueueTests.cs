using Microsoft.ML.Lora.Estimators;
using Microsoft.ML.Lora.Models;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Estimators;

/// <summary>The order in which waiting rows are computed.</summary>
[TestClass]
public sealed class ScoringQueueTests
{
    private static readonly ScoringLanes _lanes = new(1);
    private readonly ScoringQueue _queue = new();
    private readonly Model _model = new();

    private sealed class Model : IBatchModel
    {
        public bool OneByOne => false;

        public float[][] Run(IReadOnlyList<TokenizedRow> rows) => [.. rows.Select(_ => new float[1])];
    }

    private ScoringRequest Request(int rows, int length, Model? model = null) =>
        new(_lanes, model ?? _model, [.. Enumerable.Range(0, rows).Select(_ => new TokenizedRow(new int[length], null, 0))]);

    [TestMethod]
    public void APieceStandsBehindWhatComesDuringTheBatchesBeforeIt()
    {
        ScoringRequest large = Request(rows: 6, length: 200);
        Assert.AreEqual(6, _queue.Add(large));
        Take(large);
        ScoringRequest first = Request(1, 10), second = Request(1, 10);
        _queue.Add(first);
        Take(large);
        Take(first);
        _queue.Add(second); // three batches after the large request: its first three pieces go before
        Take(large);
        Take(large);
        Take(second);
        Take(large);
        Take(large);
        Assert.IsNull(_queue.Next);

        void Take(ScoringRequest expected) => Assert.AreSame(expected, _queue.Take(1, long.MaxValue).Single().Request);
    }

    [TestMethod]
    public void ABatchIsForOneModelWithinItsLimits()
    {
        var other = new Model();
        _queue.Add(Request(1, 100));
        _queue.Add(Request(1, 100, other));
        _queue.Add(Request(1, 300));
        _queue.Add(Request(1, 100));
        Assert.AreEqual((3, 500L), _queue.Waiting(_model));
        Assert.AreEqual((1, 100L), _queue.Waiting(other));
        CollectionAssert.AreEqual(new[] { 100, 100 }, _queue.Take(int.MaxValue, 250).Select(work => work.Tokens).ToArray());
        Assert.AreSame(other, _queue.Next);
        Assert.HasCount(1, _queue.Take(5, long.MaxValue));
        CollectionAssert.AreEqual(new[] { 300 }, _queue.Take(int.MaxValue, 250).Select(work => work.Tokens).ToArray());
    }

    [TestMethod]
    public void WhatIsLeftOfARequestCanBeTakenBack()
    {
        ScoringRequest large = Request(6, 200), small = Request(1, 10);
        _queue.Add(large);
        _queue.Add(small);
        _queue.Take(2, long.MaxValue);
        Assert.HasCount(5, _queue.Remove(large));
        Assert.IsNull(_queue.Next);
        Assert.IsEmpty(_queue.Remove(small));
    }
}
