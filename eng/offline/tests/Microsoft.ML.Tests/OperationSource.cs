using System.Text.Json.Nodes;
using Gold;
using Microsoft.ML.Data;

namespace Microsoft.ML.Tests;

/// <summary>A recorded table as the kind of view that a case names: list, stream, text or cache.</summary>
internal sealed class OperationSource
{
    private readonly object[] _rows;
    private int _enumerations;

    public OperationSource(MLContext ml, GoldenDocument document, string source)
    {
        string[] parts = source.Split(':');
        string table = parts[1];
        _rows = document.Head["tables"]![table] is JsonArray recorded
            ? recorded.Select(row => OpRow.Parse(row!.AsArray())).ToArray<object>()
            : Enumerable.Range(0, int.Parse(table[1..])).Select(id => new IdRow { Id = id }).ToArray<object>();
        View = _rows is [OpRow, ..] ? Make<OpRow>(ml, parts[0]) : Make<IdRow>(ml, parts[0]);
    }

    public IDataView View { get; }

    /// <summary>How often a cache, and no cache, enumerates the source.</summary>
    public JsonObject CountEnumerations(MLContext ml)
    {
        var cached = ml.Data.Cache(ml.Data.LoadFromEnumerable(Counting()));
        var result = new JsonObject { ["enumerationsAfterCreate"] = _enumerations };
        for (int i = 0; i < 3; i++)
            Read(cached);
        result["enumerationsAfterThreeReads"] = _enumerations;
        var plain = ml.Data.LoadFromEnumerable(Counting());
        _enumerations = 0;
        Read(plain);
        Read(plain);
        result["withoutCacheTwoReads"] = _enumerations;
        return result;
    }

    private static void Read(IDataView view) => _ = view.GetColumn<int>("Id").ToArray();

    private IDataView Make<TRow>(MLContext ml, string kind)
        where TRow : class
        => kind switch
        {
            "list" => ml.Data.LoadFromEnumerable(_rows.Cast<TRow>().ToArray()),
            "stream" => ml.Data.LoadFromEnumerable(Stream<TRow>()),
            "cache" => ml.Data.Cache(ml.Data.LoadFromEnumerable(Stream<TRow>())),
            "text" => Text(ml),
            _ => throw new ArgumentException($"Unknown kind of source '{kind}'."),
        };

    private IEnumerable<TRow> Stream<TRow>()
    {
        foreach (object row in _rows)
            yield return (TRow)row;
    }

    private IEnumerable<OpRow> Counting()
    {
        _enumerations++;
        foreach (object row in _rows)
            yield return (OpRow)row;
    }

    private IDataView Text(MLContext ml)
    {
        string path = G.TmpFile("ids.txt");
        File.WriteAllLines(path, _rows.Select(row => row is OpRow op ? $"{op.Id}" : $"{((IdRow)row).Id}"));
        return ml.Data.LoadFromTextFile(path, [new TextLoader.Column("Id", DataKind.Int32, 0)]);
    }
}
