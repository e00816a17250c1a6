using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Gold;

/// <summary>Writes values as the recording did; its README defines the form.</summary>
internal static class Encoder
{
    private const BindingFlags Members = BindingFlags.Public | BindingFlags.Instance;

    public static JsonNode? Encode(object? value) => value switch
    {
        null => null,
        JsonNode node => node.DeepClone(),
        string text => EncodeText(text),
        ReadOnlyMemory<char> text => EncodeText(text.ToString()),
        bool flag => flag,
        float number => EncodeNumber(number, number.ToString("R", CultureInfo.InvariantCulture)),
        double number => EncodeNumber(number, number.ToString("R", CultureInfo.InvariantCulture)),
        DateTime time => time.ToString("yyyy-MM-ddTHH:mm:ss.fffffff", CultureInfo.InvariantCulture),
        DateTimeOffset time => time.ToString("yyyy-MM-ddTHH:mm:ss.fffffffzzz", CultureInfo.InvariantCulture),
        TimeSpan duration => duration.ToString("c", CultureInfo.InvariantCulture),
        DataViewRowId or Enum or DataViewType or char => value.ToString(),
        Type type => type.FullName,
        DataViewSchema schema => EncodeSchema(schema),
        Exception error => EncodeException(error),
        IDataView view => EncodeView(view),
        _ => EncodeOther(value),
    };

    public static JsonObject EncodeException(Exception error)
    {
        while (error is TargetInvocationException && error.InnerException != null)
            error = error.InnerException;
        var node = new JsonObject { ["type"] = error.GetType().FullName, ["message"] = G.Norm(error.Message) };
        if (error is ArgumentException { ParamName: { } parameter })
            node["paramName"] = parameter;
        if (error.InnerException != null)
            node["inner"] = EncodeException(error.InnerException);
        return node;
    }

    public static JsonArray EncodeSchema(DataViewSchema schema)
    {
        var columns = new JsonArray();
        foreach (var column in schema)
        {
            var node = EncodeColumn(column);
            if (column.Annotations.Schema.Count > 0)
                node["annotations"] = new JsonArray(column.Annotations.Schema.Select(JsonNode? (annotation) => EncodeAnnotation(column, annotation)).ToArray());
            columns.Add(node);
        }
        return columns;
    }

    public static JsonArray EncodeRows(IDataView view, int max, params string[] columns)
    {
        var wanted = columns.Length > 0
            ? columns.Select(name => view.Schema[name]).ToArray()
            : view.Schema.Where(column => !column.IsHidden).ToArray();
        var rows = new JsonArray();
        using var cursor = view.GetRowCursor(wanted);
        var readers = wanted.Select(column => Call<Func<JsonNode?>>(nameof(CreateReader), column.Type.RawType, cursor, column)).ToArray();
        while (rows.Count < max && cursor.MoveNext())
            rows.Add(new JsonArray(readers.Select(read => read()).ToArray()));
        return rows;
    }

    private static JsonObject EncodeView(IDataView view)
    {
        var node = new JsonObject { ["schema"] = EncodeSchema(view.Schema) };
        try
        {
            node["rows"] = EncodeRows(view, int.MaxValue);
        }
        catch (Exception error)
        {
            node["rowsException"] = EncodeException(error);
        }
        return node;
    }

    private static JsonObject EncodeColumn(DataViewSchema.Column column)
    {
        var node = new JsonObject { ["name"] = column.Name, ["type"] = column.Type.ToString() };
        if (column.IsHidden)
            node["hidden"] = true;
        return node;
    }

    private static JsonObject EncodeAnnotation(DataViewSchema.Column column, DataViewSchema.Column annotation)
    {
        var node = EncodeColumn(annotation);
        node["value"] = Call<JsonNode?>(nameof(ReadAnnotation), annotation.Type.RawType, column.Annotations, annotation);
        return node;
    }

    private static JsonNode? ReadAnnotation<T>(DataViewSchema.Annotations annotations, DataViewSchema.Column column)
    {
        T value = default!;
        annotations.GetGetter<T>(column)(ref value);
        return Encode(value);
    }

    private static Func<JsonNode?> CreateReader<T>(DataViewRow row, DataViewSchema.Column column)
    {
        var getter = row.GetGetter<T>(column);
        T value = default!;
        return () =>
        {
            getter(ref value);
            return Encode(value);
        };
    }

    private static JsonNode? EncodeOther(object value)
    {
        var type = value.GetType();
        if (type.IsPrimitive)
            return JsonNode.Parse(Convert.ToString(value, CultureInfo.InvariantCulture)!);
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(VBuffer<>))
            return Call<JsonNode?>(nameof(EncodeVector), type.GetGenericArguments()[0], value);
        // A fitted transformer only says that there was no exception.
        if (value is ITransformer && value is not IEnumerable)
            return new JsonObject();
        if (value is IDictionary dictionary)
        {
            var entries = new JsonObject();
            foreach (DictionaryEntry entry in dictionary)
                entries[entry.Key.ToString()!] = Encode(entry.Value);
            return entries;
        }
        if (value is IEnumerable sequence and not ITransformer)
            return new JsonArray(sequence.Cast<object?>().Select(Encode).ToArray());
        return EncodeMembers(value, type);
    }

    private static JsonObject EncodeMembers(object value, Type type)
    {
        var node = new JsonObject();
        if (value is ITransformer)
            return node;
        foreach (var field in type.GetFields(Members))
            node[field.Name] = Encode(field.GetValue(value));
        foreach (var property in type.GetProperties(Members).Where(property => property.CanRead && property.GetIndexParameters().Length == 0))
            node[property.Name] = Encode(property.GetValue(value));
        return node;
    }

    private static JsonNode EncodeVector<T>(VBuffer<T> vector)
    {
        if (vector.IsDense)
            return new JsonArray(vector.DenseValues().Select(value => Encode(value)).ToArray());
        return new JsonObject
        {
            ["len"] = vector.Length,
            ["idx"] = new JsonArray(vector.GetIndices().ToArray().Select(JsonNode? (index) => index).ToArray()),
            ["val"] = new JsonArray(vector.GetValues().ToArray().Select(value => Encode(value)).ToArray()),
        };
    }

    private static JsonNode EncodeText(string text)
    {
        try
        {
            _ = new UTF8Encoding(false, throwOnInvalidBytes: true).GetBytes(text);
            return JsonValue.Create(text);
        }
        catch (EncoderFallbackException)
        {
            return new JsonObject { ["utf16"] = string.Join(' ', text.Select(c => ((int)c).ToString("x4", CultureInfo.InvariantCulture))) };
        }
    }

    private static JsonNode EncodeNumber(double value, string text)
    {
        if (double.IsNaN(value))
            return "NaN";
        if (double.IsInfinity(value))
            return value > 0 ? "Infinity" : "-Infinity";
        return JsonNode.Parse(text)!;
    }

    private static TResult Call<TResult>(string method, Type type, params object?[] arguments)
        => (TResult)typeof(Encoder).GetMethod(method, BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(type)
            .Invoke(null, BindingFlags.DoNotWrapExceptions, null, arguments, null)!;
}
