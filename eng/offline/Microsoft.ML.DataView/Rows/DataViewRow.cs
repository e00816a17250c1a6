using Microsoft.ML.Data;

namespace Microsoft.ML;

/// <summary>One row of a view: a schema, a position and getters for the active columns.</summary>
public abstract class DataViewRow : IDisposable
{
    /// <summary>Index of the row, -1 before the first.</summary>
    public abstract long Position { get; }

    /// <summary>Counter that lets the cursors of one set be merged back into the original order.</summary>
    public abstract long Batch { get; }

    public abstract DataViewSchema Schema { get; }

    public abstract ValueGetter<DataViewRowId> GetIdGetter();

    public abstract bool IsColumnActive(DataViewSchema.Column column);

    public abstract ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column);

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }
}
