namespace Microsoft.ML.Data;

/// <summary>Wanted columns as an array of flags or as a predicate on indices.</summary>
internal static class ColumnSelection
{
    public static bool[] ToFlags(IEnumerable<DataViewSchema.Column> columns, DataViewSchema schema)
    {
        ArgumentNullException.ThrowIfNull(columns, "columnsNeeded");
        var flags = new bool[schema.Count];
        foreach (var column in columns)
        {
            if (column.Index >= flags.Length)
                throw new InvalidOperationException($"The requested column: {column} is not part of the sourceSchema");
            flags[column.Index] = true;
        }
        return flags;
    }

    public static Func<int, bool> ToPredicate(IEnumerable<DataViewSchema.Column> columns, DataViewSchema schema)
    {
        var flags = ToFlags(columns, schema);
        return index => flags[index];
    }
}
