using System.Collections.Concurrent;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>
/// Draws each row from a pool. A background thread keeps the pool full, and reads some rows more, from the moment the
/// cursor is made.
/// </summary>
internal sealed class ShuffleCursor : RootCursorBase
{
    private const int ReadAhead = 48;
    private readonly int _poolRows;
    private readonly DataViewRowCursor _input;
    private readonly Random _rand;
    private readonly ShuffleBuffer[] _buffers;
    private readonly ShuffleBuffer _ids;
    private readonly Delegate[] _getters;
    private readonly BlockingCollection<int> _free = new();
    private readonly BlockingCollection<int> _filled = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _reader;
    private readonly int[] _pool;
    private int _first;
    private int _count;
    private int _current = -1;
    private Exception _error;

    public ShuffleCursor(IChannelProvider provider, int poolRows, DataViewRowCursor input, Random rand)
        : base(provider)
    {
        _poolRows = poolRows;
        _input = input;
        _rand = rand;
        _pool = new int[poolRows];
        int slots = poolRows + ReadAhead;
        _ids = ShuffleBuffer.CreateIds(input, slots);
        _getters = new Delegate[Schema.Count];
        var buffers = new List<ShuffleBuffer> { _ids };
        foreach (var column in Schema.Where(input.IsColumnActive))
        {
            var buffer = ShuffleBuffer.Create(input, column, slots);
            buffers.Add(buffer);
            _getters[column.Index] = buffer.CreateGetter(() => _current);
        }
        _buffers = buffers.ToArray();
        for (int slot = 0; slot < slots; slot++)
            _free.Add(slot);
        _reader = Task.Factory.StartNew(Read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    public override DataViewSchema Schema => _input.Schema;

    public override long Batch => 0;

    public override bool IsColumnActive(DataViewSchema.Column column)
    {
        Ch.CheckParam(column.Index < _getters.Length, nameof(column));
        return _getters[column.Index] != null;
    }

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ValueGetter<DataViewRowId>)_ids.CreateGetter(() => _current);

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        Ch.CheckParam(IsColumnActive(column), nameof(column), "requested column not active");
        var getter = _getters[column.Index];
        return getter as ValueGetter<TValue> ?? throw Ch.Except(
            $"Invalid TValue: '{typeof(TValue)}', expected type: '{getter.GetType().GetGenericArguments()[0]}'.");
    }

    protected override bool MoveNextCore()
    {
        if (_current >= 0)
            _free.Add(_current);
        while (_count < _poolRows && _filled.TryTake(out int slot, Timeout.Infinite))
            _pool[(_first + _count++) % _poolRows] = slot;
        if (_error != null && _count < _poolRows)
            throw Ch.Except(_error, "Shuffle input cursor reader failed with an exception");
        if (_count == 0)
            return false;
        int drawn = (_first + _rand.Next(_count)) % _poolRows;
        _current = _pool[drawn];
        _pool[drawn] = _pool[_first];
        _first = (_first + 1) % _poolRows;
        _count--;
        return true;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_stop.IsCancellationRequested)
        {
            _stop.Cancel();
            _reader.Wait();
            _input.Dispose();
        }
        base.Dispose(disposing);
    }

    private void Read()
    {
        try
        {
            foreach (int slot in _free.GetConsumingEnumerable(_stop.Token))
            {
                if (!_input.MoveNext())
                    break;
                foreach (var buffer in _buffers)
                    buffer.Fill(slot);
                _filled.Add(slot);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Nobody wants more rows.
        }
        catch (Exception error)
        {
            _error = error;
        }
        finally
        {
            _filled.CompleteAdding();
        }
    }
}
