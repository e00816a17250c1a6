using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms;

/// <summary>The chosen columns of a schema and their order.</summary>
internal sealed class ColumnSelectionMap
{
    private readonly int[] _sources;

    public ColumnSelectionMap(ColumnSelectingTransformer selection, DataViewSchema inputSchema)
    {
        InputSchema = inputSchema;
        // Keeping follows the order of the names and may take hidden columns; dropping leaves the rest as it is.
        _sources = selection.KeepColumns
            ? [.. selection.SelectedColumns.SelectMany(name => inputSchema
                .Where(column => column.Name == name && (selection.KeepHidden || !column.IsHidden))
                .Select(column => column.Index))]
            : [.. inputSchema.Where(column => !selection.SelectedColumns.Contains(column.Name)).Select(column => column.Index)];
        OutputSchema = SchemaExtensions.MakeSchema(_sources.Select(index => new DataViewSchema.DetachedColumn(inputSchema[index])));
    }

    public DataViewSchema InputSchema { get; }

    public DataViewSchema OutputSchema { get; }

    public DataViewSchema.Column InputOf(DataViewSchema.Column output) => InputSchema[_sources[output.Index]];

    public IEnumerable<DataViewSchema.Column> InputsOf(IEnumerable<DataViewSchema.Column> outputs)
    {
        var needed = outputs.Select(column => _sources[column.Index]).ToHashSet();
        return [.. InputSchema.Where(column => needed.Contains(column.Index))];
    }
}
