using Microsoft.ML.Data;
using Microsoft.ML.Lora.Data;
using Microsoft.ML.Lora.Estimators;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Estimators;

/// <summary>Reading ahead: the right values in the right order, in few calls of the model.</summary>
[TestClass]
public sealed class BatchScoringCursorTests
{
    private static readonly ColumnNames _names = new("Label", "Score", "PredictedLabel", "Text", null, null);
    private readonly CountingScorer _scorer = new(_names);
    private readonly MLContext _ml = new(1);
    private long _truncated;

    private (IDataView View, Message[] Rows) Scored(int count)
    {
        Message[] rows = [.. Enumerable.Range(0, count).Select(i => new Message
        {
            Label = $"{i}", Text = new string('x', 1 + i * 7 % 50), Weight = i, Numbers = [i, -i, 0.5f],
        })];
        IDataView input = _ml.Data.LoadFromEnumerable(rows);
        DataViewSchema schema = OutputColumns.Add(input.Schema, _names, new LabelInfo(3, null));
        return (new ScoredView(_scorer, input, schema, rows => _truncated += rows), rows);
    }

    [TestMethod]
    public void AllColumnsComeInOrder()
    {
        (IDataView view, Message[] rows) = Scored(1000);
        using DataViewRowCursor cursor = view.GetRowCursor(view.Schema);
        ValueGetter<ReadOnlyMemory<char>> label = cursor.GetGetter<ReadOnlyMemory<char>>(view.Schema["Label"]);
        ValueGetter<float> weight = cursor.GetGetter<float>(view.Schema["Weight"]);
        ValueGetter<VBuffer<float>> numbers = cursor.GetGetter<VBuffer<float>>(view.Schema["Numbers"]);
        ValueGetter<VBuffer<float>> score = cursor.GetGetter<VBuffer<float>>(view.Schema["Score"]);
        ValueGetter<uint> predicted = cursor.GetGetter<uint>(view.Schema["PredictedLabel"]);
        ValueGetter<DataViewRowId> id = cursor.GetIdGetter();
        var ids = new HashSet<DataViewRowId>();
        Assert.AreEqual(-1, cursor.Position);
        int i = 0;
        while (cursor.MoveNext())
        {
            ReadOnlyMemory<char> text = default;
            float number = 0;
            VBuffer<float> vector = default, scores = default;
            uint key = 0;
            DataViewRowId rowId = default;
            label(ref text);
            weight(ref number);
            numbers(ref vector);
            score(ref scores);
            predicted(ref key);
            id(ref rowId);
            float[] expected = CountingScorer.ScoresOf(rows[i].Text);
            Assert.AreEqual(rows[i].Label, text.ToString());
            Assert.AreEqual(rows[i].Weight, number);
            CollectionAssert.AreEqual(rows[i].Numbers, vector.DenseValues().ToArray());
            CollectionAssert.AreEqual(expected, scores.DenseValues().ToArray());
            Assert.AreEqual((uint)Array.IndexOf(expected, expected.Max()) + 1, key);
            Assert.AreEqual(i, cursor.Position);
            Assert.IsTrue(ids.Add(rowId), "Two rows have the same id.");
            i++;
        }

        Assert.AreEqual(rows.Length, i);
        Assert.IsFalse(cursor.MoveNext());
        cursor.Dispose();
        Assert.AreEqual(0, _scorer.Open, "The cursor did not end its pass.");
        CollectionAssert.AreEqual(new[] { 8, 16, 32, 64, 128, 256, 256, 240 }, _scorer.Calls);
    }

    [TestMethod]
    public void AConsumerMayWriteIntoTheVectorsItGets()
    {
        (IDataView view, Message[] rows) = Scored(20);
        using DataViewRowCursor cursor = view.GetRowCursor(view.Schema);
        ValueGetter<VBuffer<float>> numbers = cursor.GetGetter<VBuffer<float>>(view.Schema["Numbers"]);
        VBuffer<float> vector = default;
        for (int i = 0; cursor.MoveNext(); i++)
        {
            for (int again = 0; again < 2; again++)
            {
                numbers(ref vector);
                CollectionAssert.AreEqual(rows[i].Numbers, vector.DenseValues().ToArray());
                VBufferEditor<float> editor = VBufferEditor.Create(ref vector, 3);
                editor.Values.Fill(99);
                vector = editor.Commit();
            }
        }
    }

    [TestMethod]
    public void NoModelRunsWhenNothingOfItIsAskedFor()
    {
        (IDataView view, Message[] rows) = Scored(50);
        string[] labels = [.. view.GetColumn<string>("Label")];
        CollectionAssert.AreEqual(rows.Select(r => r.Label).ToArray(), labels);
        Assert.AreEqual(0, _scorer.Encoded);
        Assert.IsEmpty(_scorer.Calls);

        using DataViewRowCursor none = view.GetRowCursor([]);
        Assert.IsTrue(none.MoveNext());
        Assert.AreEqual(0, _scorer.Encoded);
    }

    [TestMethod]
    public void ThePositionIsKnownWithoutScoring()
    {
        (IDataView view, _) = Scored(10);
        using DataViewRowCursor cursor = view.GetRowCursor([view.Schema["Score"]]);
        while (cursor.MoveNext())
        {
        }

        Assert.IsEmpty(_scorer.Calls, "No getter was called, so no model had to run.");
    }

    [TestMethod]
    public void FirstRowsDoNotWaitForManyOthers()
    {
        (IDataView view, _) = Scored(1000);
        float[] first = view.GetColumn<float[]>("Score").First();
        Assert.HasCount(3, first);
        CollectionAssert.AreEqual(new[] { 8 }, _scorer.Calls);
    }

    [TestMethod]
    public void TheNextWindowIsComputedMeanwhile()
    {
        (IDataView view, Message[] rows) = Scored(1000);
        using (DataViewRowCursor cursor = view.GetRowCursor([view.Schema["Score"], view.Schema["Label"]]))
        {
            ValueGetter<VBuffer<float>> score = cursor.GetGetter<VBuffer<float>>(view.Schema["Score"]);
            ValueGetter<ReadOnlyMemory<char>> label = cursor.GetGetter<ReadOnlyMemory<char>>(view.Schema["Label"]);
            VBuffer<float> scores = default;
            ReadOnlyMemory<char> text = default;
            for (int i = 0; i < 9; i++)
            {
                cursor.MoveNext();
                score(ref scores);
                label(ref text);
                Assert.AreEqual(rows[i].Label, text.ToString());
                CollectionAssert.AreEqual(CountingScorer.ScoresOf(rows[i].Text), scores.DenseValues().ToArray());
                CollectionAssert.AreEqual(i < 8 ? [8] : new[] { 8, 16, 32 }, _scorer.Calls);
            }

            Assert.AreEqual(1, _scorer.Pending);
        }

        Assert.AreEqual(0, _scorer.Pending, "The window that nobody reads was not given up.");
        Assert.AreEqual(0, _scorer.Open);
    }

    [TestMethod]
    public void AnErrorInRowsAheadComesWhenTheyAreReached()
    {
        IDataView input = _ml.Data.LoadFromEnumerable(Failing());
        var view = new ScoredView(_scorer, input, OutputColumns.Add(input.Schema, _names, new LabelInfo(3, null)), _ => { });
        using DataViewRowCursor cursor = view.GetRowCursor([view.Schema["Score"]]);
        ValueGetter<VBuffer<float>> score = cursor.GetGetter<VBuffer<float>>(view.Schema["Score"]);
        VBuffer<float> scores = default;
        for (int i = 0; i < 24; i++)
        {
            Assert.IsTrue(cursor.MoveNext());
            score(ref scores);
        }

        Exception error = Assert.Throws<Exception>(() => cursor.MoveNext());
        Assert.Contains("unreadable", error.ToString());
        CollectionAssert.AreEqual(new[] { 8, 16 }, _scorer.Calls);

        static IEnumerable<Message> Failing()
        {
            for (int i = 0; i < 30; i++)
                yield return new Message { Text = "x" };
            throw new IOException("unreadable");
        }
    }

    [TestMethod]
    public void LargeRowsMakeSmallWindows()
    {
        Message[] rows = [.. Enumerable.Range(0, 40).Select(i => new Message { Text = "x", Label = new string('y', 2_000_000) })];
        IDataView input = _ml.Data.LoadFromEnumerable(rows);
        var view = new ScoredView(_scorer, input, OutputColumns.Add(input.Schema, _names, new LabelInfo(3, null)), _ => { });
        using DataViewRowCursor cursor = view.GetRowCursor(view.Schema);
        ValueGetter<uint> predicted = cursor.GetGetter<uint>(view.Schema["PredictedLabel"]);
        uint key = 0;
        while (cursor.MoveNext())
            predicted(ref key);
        Assert.IsLessThanOrEqualTo(8, _scorer.Calls.Max(), "A window of 16 MB holds at most five of these rows.");
        Assert.AreEqual(40, _scorer.Calls.Sum());
    }

    [TestMethod]
    public void OneCursorServesARequestForMany()
    {
        (IDataView view, _) = Scored(10);
        Assert.IsFalse(view.CanShuffle);
        DataViewRowCursor[] cursors = view.GetRowCursorSet(view.Schema, 8);
        Assert.HasCount(1, cursors);
        cursors[0].Dispose();
    }

    [TestMethod]
    public void MisuseIsRefused()
    {
        (IDataView view, _) = Scored(10);
        using DataViewRowCursor cursor = view.GetRowCursor([view.Schema["Score"], view.Schema["Label"]]);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => cursor.GetGetter<float>(view.Schema["Weight"]));
        Assert.ThrowsExactly<InvalidOperationException>(() => cursor.GetGetter<float>(view.Schema["Score"]));
        Assert.ThrowsExactly<InvalidOperationException>(() => cursor.GetGetter<float>(view.Schema["Label"]));
        ValueGetter<VBuffer<float>> score = cursor.GetGetter<VBuffer<float>>(view.Schema["Score"]);
        VBuffer<float> scores = default;
        Assert.ThrowsExactly<InvalidOperationException>(() => score(ref scores));
        while (cursor.MoveNext())
            score(ref scores);
        Assert.ThrowsExactly<InvalidOperationException>(() => score(ref scores));
    }

    [TestMethod]
    public void CutTextsAreCountedOncePerPass()
    {
        Message[] rows = [.. Enumerable.Range(0, 30).Select(i => new Message { Text = new string('x', i % 3 == 0 ? 61 : 5) })];
        IDataView input = _ml.Data.LoadFromEnumerable(rows);
        var view = new ScoredView(_scorer, input, OutputColumns.Add(input.Schema, _names, new LabelInfo(3, null)), n => _truncated += n);
        _ = view.GetColumn<float[]>("Score").ToArray();
        Assert.AreEqual(10, _truncated);
    }
}
