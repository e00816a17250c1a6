using Microsoft.ML.Data.Conversion;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Finds the columns an evaluator works on.</summary>
internal static class EvaluationColumns
{
    public static DataViewSchema.Column Find(DataViewSchema schema, string name, string role)
        => schema.GetColumnOrNull(name) ?? throw Contracts.ExceptParam(nameof(schema), $"{name} column '{role}' not found");

    /// <summary>A label as number: a key as its zero-based value, a missing key as NaN, true as one.</summary>
    public static ValueGetter<float> GetLabelGetter(DataViewRow row, DataViewSchema.Column column)
    {
        if (column.Type is KeyDataViewType key)
        {
            var getKey = ConvertingGetters.GetGetterAs<ulong>(NumberDataViewType.UInt64, row, column);
            ulong value = 0;
            return (ref float label) =>
            {
                getKey(ref value);
                label = value > 0 && value <= key.Count ? value - 1 : float.NaN;
            };
        }
        return ConvertingGetters.GetGetterAs<float>(NumberDataViewType.Single, row, column);
    }

    /// <summary>
    /// Reads the columns of <paramref name="data"/> row by row. <paramref name="prepare"/> gets the row and returns
    /// what to do for each of them.
    /// </summary>
    public static void ForEachRow(IDataView data, DataViewSchema.Column[] columns, Func<DataViewRow, Action> prepare)
    {
        using var cursor = data.GetRowCursor(columns.Distinct());
        var process = prepare(cursor);
        while (cursor.MoveNext())
            process();
    }

    /// <summary>The original passes its results on as a view and reads that; the log shows it.</summary>
    public static void LogResultView(IHost host)
    {
        using var channel = host.Register("ArrayDataViewBuilder").Register("ArrayDataView").Start("Cursor");
    }
}
