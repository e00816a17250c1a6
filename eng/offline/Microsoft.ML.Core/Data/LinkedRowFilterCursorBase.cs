using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A cursor over some of the rows of another: columns and ids are those of the input.</summary>
internal abstract class LinkedRowFilterCursorBase : LinkedRootCursorBase
{
    private readonly bool[] _active;

    protected LinkedRowFilterCursorBase(
        IChannelProvider provider, DataViewRowCursor input, DataViewSchema schema, bool[] active)
        : base(provider, input)
    {
        Schema = schema;
        _active = active;
    }

    public sealed override DataViewSchema Schema { get; }

    public override long Batch => Input.Batch;

    public override ValueGetter<DataViewRowId> GetIdGetter() => Input.GetIdGetter();

    public override bool IsColumnActive(DataViewSchema.Column column)
    {
        Ch.CheckParam(column.Index < Schema.Count, nameof(column));
        return _active == null || _active[column.Index];
    }

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        => Input.GetGetter<TValue>(Input.Schema[column.Index]);

    protected override bool MoveNextCore()
    {
        while (Input.MoveNext())
        {
            if (Accept())
                return true;
        }
        return false;
    }

    /// <summary>Whether the current row of the input is one of this cursor.</summary>
    protected abstract bool Accept();
}
