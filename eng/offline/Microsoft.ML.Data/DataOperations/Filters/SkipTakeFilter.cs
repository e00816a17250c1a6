using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Leaves out the first rows and stops after a number of others.</summary>
internal sealed class SkipTakeFilter(IHostEnvironment env, IDataView input, long skip, long take)
    : TransformBase(env, "SkipTakeFilter", input)
{
    public override DataViewSchema OutputSchema => Source.Schema;

    public override bool CanShuffle => false;

    public override long? GetRowCount()
    {
        if (take == 0)
            return 0;
        return Source.GetRowCount() is { } count ? Math.Min(Math.Max(0, count - skip), take) : null;
    }

    public override DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
        => [GetRowCursorCore(columnsNeeded, null)];

    protected override bool? WantsParallelCursors(Func<int, bool> needed) => false;

    protected override DataViewRowCursor GetRowCursorCore(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand)
    {
        var active = ColumnSelection.ToFlags(columnsNeeded, OutputSchema);
        return new Cursor(Host, Source.GetRowCursor(columnsNeeded), OutputSchema, active, skip, take);
    }

    private sealed class Cursor(
        IChannelProvider provider, DataViewRowCursor input, DataViewSchema schema, bool[] active, long skip, long take)
        : LinkedRowFilterCursorBase(provider, input, schema, active)
    {
        private long _toSkip = skip;
        private long _taken;

        public override long Batch => 0;

        protected override bool MoveNextCore() => _taken < take && base.MoveNextCore();

        protected override bool Accept()
        {
            if (_toSkip-- > 0)
                return false;
            _taken++;
            return true;
        }
    }
}
