using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A view of some of the rows of another one.</summary>
internal abstract class FilterBase(IHostEnvironment env, string name, IDataView input) : TransformBase(env, name, input)
{
    public override DataViewSchema OutputSchema => Source.Schema;

    public override long? GetRowCount() => null;

    public override DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
    {
        var active = ColumnSelection.ToFlags(columnsNeeded, OutputSchema);
        return Array.ConvertAll(Source.GetRowCursorSet(InputsFor(active), n, rand), input => CreateCursor(input, active));
    }

    protected override bool? WantsParallelCursors(Func<int, bool> needed) => null;

    protected override DataViewRowCursor GetRowCursorCore(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand)
    {
        var active = ColumnSelection.ToFlags(columnsNeeded, OutputSchema);
        return CreateCursor(Source.GetRowCursor(InputsFor(active), rand), active);
    }

    /// <summary>Whether the filter itself reads the column.</summary>
    protected abstract bool Reads(DataViewSchema.Column column);

    protected abstract DataViewRowCursor CreateCursor(DataViewRowCursor input, bool[] active);

    private DataViewSchema.Column[] InputsFor(bool[] active)
        => Source.Schema.Where(column => active[column.Index] || Reads(column)).ToArray();
}
