using System.Reflection;
using System.Text.Json.Nodes;
using Gold;
using Microsoft.ML.Data;

namespace Microsoft.ML.Tests;

/// <summary>A recorded text file: written to a folder, loaded with the recorded call and read.</summary>
internal sealed class TextCase
{
    private readonly JsonObject _golden;
    private readonly string _folder;
    private readonly MLContext _ml = new(1);

    public TextCase(JsonObject golden)
    {
        _golden = golden;
        _folder = Path.GetDirectoryName(G.TmpFile("in.txt"))!;
        foreach (var file in golden["files"]!.AsArray())
            File.WriteAllBytes(Path.Combine(_folder, (string)file!["name"]!), Convert.FromBase64String((string)file["base64"]!));
    }

    public JsonObject Run()
    {
        var log = new LogRecorder(_ml);
        var result = new JsonObject();
        string stage = "load";
        try
        {
            var view = Load();
            stage = "schema";
            result["schema"] = Encoder.EncodeSchema(view.Schema);
            result["canShuffle"] = view.CanShuffle;
            result["rowCount"] = view.GetRowCount();
            stage = "rows";
            result["rows"] = Encoder.EncodeRows(view, int.MaxValue);
            stage = "objects";
            if (RowType is { } type)
                result["objects"] = (JsonNode?)Call(nameof(Objects), type, _ml, view);
        }
        catch (Exception error)
        {
            result["exceptionAt"] = stage;
            result["exception"] = Encoder.EncodeException(error);
        }
        if (log.Messages.Length > 0)
            result["log"] = log.ToJson();
        return SortLog(result);
    }

    public JsonNode Expected() => SortLog(GoldenDocument.Expected(_golden)!.DeepClone().AsObject());

    /// <summary>The file of a class is read twice; when the two passes end was left to the collector.</summary>
    private JsonObject SortLog(JsonObject result)
    {
        if (RowType != null && result["log"] is JsonArray log)
            result["log"] = new JsonArray(log.Select(message => (string)message!).Order(StringComparer.Ordinal).Select(JsonNode? (message) => message).ToArray());
        return result;
    }

    private Type? RowType => _golden["class"] is { } name ? SnippetCompiler.FindType((string)name!) : null;

    private string? FilePath
    {
        get
        {
            string name = (string?)_golden["path"] ?? (string)_golden["files"]![0]!["name"]!;
            if (name == "<null>")
                return null;
            return name.Length == 0 ? "" : string.Join('+', name.Split('+').Select(part => Path.Combine(_folder, part)));
        }
    }

    private string[] FilePaths
        => _golden.ContainsKey("path") ? [FilePath!] : _golden["files"]!.AsArray().Select(file => Path.Combine(_folder, (string)file!["name"]!)).ToArray();

    private IDataView Load()
    {
        var columns = TextColumns.Columns(_golden["columns"]);
        var options = TextColumns.Options(_golden["options"], _folder);
        if (columns != null)
            options.Columns = columns;
        return (string)_golden["call"]! switch
        {
            "LoadFromTextFile(columns)" => (IDataView)Invoke("LoadFromTextFile", null, [_ml.Data, FilePath, columns])!,
            "LoadFromTextFile(options)" => _ml.Data.LoadFromTextFile(FilePath, options),
            "LoadFromTextFile<T>(columns)" => (IDataView)Invoke("LoadFromTextFile", RowType, [_ml.Data, FilePath])!,
            "LoadFromTextFile<T>(options)" => (IDataView)Call(nameof(LoadClass), RowType!, _ml, FilePath, options)!,
            "CreateTextLoader(columns)" => ((TextLoader)Invoke("CreateTextLoader", null, [_ml.Data, columns])!).Load(FilePaths),
            var call => throw new InvalidOperationException($"Unknown call '{call}'."),
        };
    }

    /// <summary>Calls the overload that takes single arguments: those recorded, and the defaults of all others.</summary>
    private object? Invoke(string name, Type? rowType, object?[] first)
    {
        var recorded = _golden["args"] as JsonObject ?? [];
        var method = typeof(TextLoaderSaverCatalog).GetMethods().Single(method => method.Name == name
            && method.IsGenericMethodDefinition == (rowType != null)
            && method.GetParameters().Any(parameter => parameter.Name == "separatorChar")
            && (rowType != null || method.GetParameters().Any(parameter => parameter.ParameterType == typeof(TextLoader.Column[]))));
        var arguments = method.GetParameters().Select((parameter, position) =>
        {
            if (position < first.Length)
                return first[position];
            // The sample is there to count columns without a known end.
            if (parameter.Name == "dataSample")
                return new MultiFileSource(FilePaths);
            return recorded.TryGetPropertyValue(parameter.Name!, out var value) ? TextColumns.Value(value, parameter.ParameterType) : parameter.DefaultValue;
        }).ToArray();
        if (rowType != null)
            method = method.MakeGenericMethod(rowType);
        return method.Invoke(null, BindingFlags.DoNotWrapExceptions, null, arguments, null);
    }

    private static object? Call(string method, Type rowType, params object?[] arguments)
        => typeof(TextCase).GetMethod(method, BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(rowType)
            .Invoke(null, BindingFlags.DoNotWrapExceptions, null, arguments, null);

    private static IDataView LoadClass<T>(MLContext ml, string path, TextLoader.Options options)
        where T : class
        => ml.Data.LoadFromTextFile<T>(path, options);

    private static JsonNode? Objects<T>(MLContext ml, IDataView view)
        where T : class, new()
        => Encoder.Encode(ml.Data.CreateEnumerable<T>(view, reuseRowObject: false));
}
