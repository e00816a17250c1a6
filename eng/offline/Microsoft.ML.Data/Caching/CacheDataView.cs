using Microsoft.ML.Data.Conversion;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>
/// Keeps columns in memory. A column is read, on a background thread, when a cursor first asks for it; the source is
/// enumerated once for all columns asked for together.
/// </summary>
internal sealed class CacheDataView : IDataView
{
    private readonly IHost _host;
    private readonly IDataView _input;
    private readonly object _lock = new();
    private readonly ColumnCache[] _caches;
    private RowGate _lastGate;
    private long _rowCount;

    public CacheDataView(IHostEnvironment env, IDataView input, int[] prefetch)
    {
        _host = env.Register("Cache");
        _host.CheckValue(input, nameof(input));
        _input = input;
        _rowCount = input.GetRowCount() ?? -1;
        _caches = new ColumnCache[input.Schema.Count];
        if (prefetch?.Length > 0)
            StartFilling(prefetch);
    }

    public bool CanShuffle => true;

    public DataViewSchema Schema => _input.Schema;

    public long? GetRowCount()
    {
        long count = Interlocked.Read(ref _rowCount);
        return count < 0 ? null : count;
    }

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
    {
        var active = ColumnSelection.ToFlags(columnsNeeded, Schema);
        var gates = GatesFor(active);
        return new CacheCursor(_host, this, active, new CacheSequence(gates, GetRowCount, OrderOrNull(rand)));
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
    {
        n = ParallelCursors.GetThreadCount(n);
        if (n <= 1)
            return [GetRowCursor(columnsNeeded, rand)];
        var active = ColumnSelection.ToFlags(columnsNeeded, Schema);
        var gates = GatesFor(active);
        int[] order = OrderOrNull(rand);
        var blocks = new CacheBlocks(n);
        var cursors = new DataViewRowCursor[n];
        for (int i = 0; i < n; i++)
            cursors[i] = new CacheCursor(_host, this, active, new CacheSequence(gates, GetRowCount, order, blocks));
        return cursors;
    }

    internal Delegate CreateGetter(int column, Func<int> row) => _caches[column].CreateGetter(row);

    private RowGate[] GatesFor(bool[] active)
    {
        int[] columns = Enumerable.Range(0, active.Length).Where(index => active[index]).ToArray();
        StartFilling(columns);
        var gates = columns.Select(index => _caches[index].Gate).Distinct().ToArray();
        // Without columns the number of rows must be waited for.
        return gates.Length > 0 || GetRowCount() != null ? gates : [_lastGate];
    }

    private int[] OrderOrNull(Random rand)
    {
        if (rand == null)
            return null;
        if (GetRowCount() == null)
            _lastGate.Wait(long.MaxValue);
        return rand.Permutation((int)GetRowCount());
    }

    private void StartFilling(int[] columns)
    {
        DataViewRowCursor cursor;
        ColumnCache[] caches;
        RowGate gate;
        lock (_lock)
        {
            var missing = columns.Where(index => _caches[index] == null).Distinct().Select(index => Schema[index]).ToArray();
            if (missing.Length == 0 && _lastGate != null)
                return;
            cursor = _input.GetRowCursor(missing);
            gate = _lastGate = new RowGate();
            caches = Array.ConvertAll(missing, column => _caches[column.Index] = CreateCache(cursor, column, gate));
        }
        Task.Factory.StartNew(
            () => Fill(cursor, caches, gate), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    private static ColumnCache CreateCache(DataViewRowCursor cursor, DataViewSchema.Column column, RowGate gate)
    {
        string maker = column.Type is VectorDataViewType ? nameof(ColumnCache.CreateVector) : nameof(ColumnCache.Create);
        return GenericCall.InvokeStatic<ColumnCache>(
            typeof(ColumnCache), maker, [column.Type.GetItemType().RawType], cursor, column, gate);
    }

    private void Fill(DataViewRowCursor cursor, ColumnCache[] caches, RowGate gate)
    {
        try
        {
            using (cursor)
            using (var channel = _host.Start("Cache Filler"))
            {
                channel.Trace("Begin cache of {0} columns", caches.Length);
                long rows = 0;
                while (cursor.MoveNext())
                {
                    rows++;
                    foreach (var cache in caches)
                        cache.CacheCurrent();
                    gate.OpenNext();
                }
                if (Interlocked.CompareExchange(ref _rowCount, rows, -1) == -1)
                    channel.Trace("Number of rows determined as {0}", rows);
                gate.OpenAll();
                channel.Trace("End cache of {0} columns", caches.Length);
            }
        }
        catch (Exception error)
        {
            gate.Fail(error);
        }
    }
}
