using Microsoft.ML.Data;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Tests;

/// <summary>What every view promises of its cursors, alone and in sets.</summary>
[TestClass]
public sealed class CursorTests
{
    private const int RowCount = 300;
    private static readonly MLContext Context = new(1);

    private static readonly Dictionary<string, Func<IDataView>> Views = new()
    {
        ["list"] = () => Rows(),
        ["sequence"] = () => Context.Data.LoadFromEnumerable(Enumerable.Range(0, RowCount).Select(i => new IdRow { Id = i })),
        ["mapped"] = () => Mapped(Rows()),
        ["filtered"] = () => Context.Data.FilterRowsByColumn(Rows(), "Score", 10, 200),
        ["filtered by code"] = () => Context.Data.FilterByCustomPredicate<IdRow>(Rows(), row => row.Id % 3 == 0),
        ["filtered with state"] = () => Context.Data.FilterByStatefulCustomPredicate<IdRow, Counter>(
            Rows(), (_, counter) => counter.Count++ % 2 == 0, _ => { }),
        ["shuffled"] = () => Context.Data.ShuffleRows(Rows(), seed: 3),
        ["taken"] = () => Context.Data.TakeRows(Context.Data.SkipRows(Rows(), 7), 100),
        ["cached"] = () => Context.Data.Cache(Rows()),
        ["split"] = () => Context.Data.TrainTestSplit(Rows(), 0.2, seed: 5).TrainSet,
        ["mapped split"] = () => Mapped(Context.Data.TrainTestSplit(Context.Data.Cache(Rows()), 0.2, seed: 5).TestSet),
    };

    public static IEnumerable<object[]> Names => Views.Keys.Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void SetsShareOutTheRows(string name)
    {
        var view = Views[name]();
        var column = view.Schema["Id"];
        var alone = Read(view.GetRowCursor([column]), column);
        Assert.IsNotEmpty(alone);
        foreach (int n in new[] { 1, 2, 5 })
        {
            var set = view.GetRowCursorSet([column], n);
            Assert.IsTrue(set.Length >= 1 && set.Length <= n, $"{set.Length} cursors of {n}");
            var parts = set.AsParallel().WithDegreeOfParallelism(Math.Max(2, set.Length)).Select(cursor => Read(cursor, column)).ToArray();
            CollectionAssert.AreEquivalent(alone, parts.SelectMany(part => part).ToArray());
        }
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void CursorsEndAndCloseForGood(string name)
    {
        var view = Views[name]();
        var column = view.Schema["Id"];
        var cursor = view.GetRowCursor([column]);
        Assert.AreEqual(-1, cursor.Position);
        Assert.IsTrue(cursor.IsColumnActive(column));
        for (long position = 0; cursor.MoveNext(); position++)
            Assert.AreEqual(position, cursor.Position);
        Assert.AreEqual(-1, cursor.Position);
        Assert.IsFalse(cursor.MoveNext());
        cursor.Dispose();
        cursor.Dispose();

        var left = view.GetRowCursor([column]);
        Assert.IsTrue(left.MoveNext());
        left.Dispose();
        Assert.AreEqual(-1, left.Position);
        Assert.IsFalse(left.MoveNext());
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void ColumnsNobodyAskedForHaveNoValues(string name)
    {
        var view = Views[name]();
        using var cursor = view.GetRowCursor([]);
        int count = 0;
        while (cursor.MoveNext())
            count++;
        Assert.HasCount(count, Read(view.GetRowCursor(view.Schema), view.Schema["Id"]));
        using var other = view.GetRowCursor([view.Schema["Id"]]);
        if (view.Schema.GetColumnOrNull("Text") is { } text && !other.IsColumnActive(text))
            Assert.Throws<Exception>(() => other.GetGetter<ReadOnlyMemory<char>>(text));
    }

    [TestMethod]
    public void CodeDropsTheRowsItNames()
    {
        var kept = Context.Data.CreateEnumerable<IdRow>(Views["filtered by code"](), false).Select(row => row.Id);
        CollectionAssert.AreEqual(Enumerable.Range(0, RowCount).Where(i => i % 3 != 0).ToArray(), kept.ToArray());
        var withState = Views["filtered with state"]();
        for (int pass = 0; pass < 2; pass++)
        {
            // Each cursor starts with a state of its own.
            var ids = Context.Data.CreateEnumerable<IdRow>(withState, false).Select(row => row.Id);
            CollectionAssert.AreEqual(Enumerable.Range(0, RowCount).Where(i => i % 2 != 0).ToArray(), ids.ToArray());
        }
    }

    private static IDataView Rows() => Context.Data.LoadFromEnumerable(
        Enumerable.Range(0, RowCount).Select(i => new TextRow { Id = i, Score = i, Text = "text " + (i % 11) }).ToList());

    private static IDataView Mapped(IDataView rows) => Context.Transforms.Conversion.MapValueToKey("Key", "Text")
        .Append(Context.Transforms.Concatenate("Scores", "Score", "Score")).Fit(rows).Transform(rows);

    private static int[] Read(DataViewRowCursor cursor, DataViewSchema.Column column)
    {
        using (cursor)
        {
            var getter = cursor.GetGetter<int>(cursor.Schema[column.Index]);
            var ids = new List<int>();
            int id = 0;
            while (cursor.MoveNext())
            {
                getter(ref id);
                ids.Add(id);
            }
            return ids.ToArray();
        }
    }

    private sealed class Counter
    {
        public int Count { get; set; }
    }

    private sealed class TextRow
    {
        public int Id { get; set; }

        public float Score { get; set; }

        public string Text { get; set; } = "";
    }
}
