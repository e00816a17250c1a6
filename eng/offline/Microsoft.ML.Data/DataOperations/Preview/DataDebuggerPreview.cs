using System.Collections.Immutable;
using Microsoft.ML.Data.Conversion;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>The first rows of a view, by row and by column.</summary>
public sealed partial class DataDebuggerPreview
{
    internal const int DefaultMaxRows = 100;

    internal DataDebuggerPreview(IDataView data, int maxRows)
    {
        Contracts.CheckValue(data, nameof(data));
        Contracts.CheckParam(maxRows >= 0, nameof(maxRows));
        Schema = data.Schema;
        var rows = new List<RowInfo>();
        var columns = Schema.Select(_ => new List<object>()).ToArray();
        using (var cursor = data.GetRowCursor(Schema))
        {
            var readers = Schema.Select(column => GenericCall.InvokeStatic<Func<object>>(
                typeof(DataDebuggerPreview), nameof(CreateReader), [column.Type.RawType], cursor, column)).ToArray();
            while (rows.Count < maxRows && cursor.MoveNext())
            {
                var row = new KeyValuePair<string, object>[readers.Length];
                for (int i = 0; i < readers.Length; i++)
                {
                    row[i] = new KeyValuePair<string, object>(Schema[i].Name, readers[i]());
                    columns[i].Add(readers[i]());
                }
                rows.Add(new RowInfo(row));
            }
        }
        RowView = rows.ToImmutableArray();
        ColumnView = Schema.Select(column => new ColumnInfo(column, columns[column.Index].ToArray())).ToImmutableArray();
    }

    public DataViewSchema Schema { get; }

    public ImmutableArray<ColumnInfo> ColumnView { get; }

    public ImmutableArray<RowInfo> RowView { get; }

    public override string ToString() => $"{Schema.Count} columns, {RowView.Length} rows";

    private static Func<object> CreateReader<T>(DataViewRow row, DataViewSchema.Column column)
    {
        var getter = row.GetGetter<T>(column);
        return () =>
        {
            T value = default;
            getter(ref value);
            return value;
        };
    }
}
