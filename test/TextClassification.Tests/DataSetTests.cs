using System.Text.RegularExpressions;

namespace TextClassification.Tests;

/// <summary>What the sample says about its data holds: large enough, balanced, and a test part that is no rewording of the training part.</summary>
[TestClass]
public sealed partial class DataSetTests
{
    private static readonly Row[] _train = Read("intents.tsv");
    private static readonly Row[] _test = Read("intents-heldout.tsv");

    [TestMethod]
    public void Sizes_and_labels()
    {
        string[] labels = [.. _train.Select(r => r.Label).Distinct().Order()];

        Assert.IsGreaterThanOrEqualTo(600, _train.Length);
        Assert.IsGreaterThanOrEqualTo(200, _test.Length);
        Assert.IsGreaterThanOrEqualTo(10, labels.Length);
        CollectionAssert.AreEqual(labels, _test.Select(r => r.Label).Distinct().Order().ToArray());
        foreach (IGrouping<string, Row> label in _train.GroupBy(r => r.Label))
            Assert.IsTrue(label.Count() is >= 35 and <= 65, $"{label.Key}: {label.Count()}");
    }

    [TestMethod]
    public void No_message_occurs_twice()
    {
        string[] all = [.. _train.Concat(_test).Select(r => r.Text.ToUpperInvariant())];

        Assert.HasCount(all.Length, all.Distinct().ToArray());
    }

    [TestMethod]
    public void The_held_out_part_shares_hardly_any_wording()
    {
        HashSet<string> known = [.. _train.SelectMany(r => Grams(r, 4))];
        string[] grams = [.. _test.SelectMany(r => Grams(r, 4))];
        int shared = grams.Count(known.Contains);
        Assert.IsLessThan(grams.Length / 50, shared, $"{shared} of {grams.Length} four-word sequences occur in the training data");

        foreach (Row row in _test)
        {
            Row nearest = _train.MaxBy(t => Overlap(row, t))!;
            Assert.IsLessThan(0.5, Overlap(row, nearest), $"'{row.Text}' is close to '{nearest.Text}'");
        }
    }

    private static double Overlap(Row a, Row b) => (double)a.Words.Intersect(b.Words).Count() / a.Words.Union(b.Words).Count();

    private static IEnumerable<string> Grams(Row row, int length) =>
        Enumerable.Range(0, Math.Max(0, row.Words.Length - length + 1)).Select(i => string.Join(' ', row.Words[i..(i + length)])).Distinct();

    private static Row[] Read(string file)
    {
        string[] lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "data", file));
        Assert.AreEqual("Label\tText", lines[0]);
        return [.. lines.Skip(1).Select(line => line.Split('\t')).Select(f => new Row(f[0], f[1], [.. Word().Matches(f[1].ToUpperInvariant()).Select(m => m.Value)]))];
    }

    [GeneratedRegex("[A-Z0-9']+")]
    private static partial Regex Word();

    private sealed record Row(string Label, string Text, string[] Words);
}
