using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A view over another one. Where it, or its source, gains from it, rows come from several cursors at once.</summary>
internal abstract class TransformBase : IDataView
{
    protected readonly IHost Host;

    protected TransformBase(IHostEnvironment env, string name, IDataView input)
    {
        Host = env.Register(name);
        Source = input;
    }

    public IDataView Source { get; }

    public virtual bool CanShuffle => Source.CanShuffle;

    public abstract DataViewSchema OutputSchema { get; }

    DataViewSchema IDataView.Schema => OutputSchema;

    public abstract long? GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
    {
        var needed = ColumnSelection.ToPredicate(columnsNeeded, OutputSchema);
        var random = CanShuffle ? rand : null;
        // Without an opinion of its own the view asks for parallel cursors too, and the source decides.
        if (WantsParallelCursors(needed) != false && ParallelCursors.TryConsolidate(Host, this, columnsNeeded, random, out var cursor))
            return cursor;
        return GetRowCursorCore(columnsNeeded, random);
    }

    public abstract DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null);

    /// <summary>Null: no opinion.</summary>
    protected abstract bool? WantsParallelCursors(Func<int, bool> needed);

    protected abstract DataViewRowCursor GetRowCursorCore(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand);
}
