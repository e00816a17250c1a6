using System.Collections.Concurrent;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>
/// Spreads the rows of one cursor over several, and merges several back into one in the original order. Both read ahead
/// on background threads as soon as they are made, which can be seen from outside: the source is touched before the
/// first row is asked for, and its exceptions arrive wrapped.
/// </summary>
internal static class ParallelCursors
{
    private const int BatchSize = 128;
    private const int MaxQueued = 4;

    /// <summary>How many cursors to ask a view for: never less than two, whatever the machine.</summary>
    public static int GetThreadCount(int wanted = 0, bool preferOne = false)
    {
        int most = Math.Max(2, Environment.ProcessorCount - 1);
        if (wanted > 0)
            return Math.Min(wanted, 2 * most);
        return preferOne ? 1 : most;
    }

    /// <summary>Reads a view through its cursor set.</summary>
    public static bool TryConsolidate(IHost host, IDataView view, IEnumerable<DataViewSchema.Column> columns, Random random, out DataViewRowCursor cursor)
    {
        cursor = null;
        if (!columns.All(column => IsCopyable(column.Type)))
            return false;
        cursor = Consolidate(host, view.GetRowCursorSet(columns, GetThreadCount(), random));
        return true;
    }

    public static DataViewRowCursor Consolidate(IChannelProvider provider, DataViewRowCursor[] inputs)
    {
        if (inputs.Length == 1)
            return inputs[0];
        using var channel = provider.Start("Consolidate");
        return new Merger(inputs).Open(provider);
    }

    public static DataViewRowCursor[] Split(IChannelProvider provider, DataViewRowCursor input, int count)
    {
        var columns = ActiveColumns(input);
        if (count <= 1 || !columns.All(index => IsCopyable(input.Schema[index].Type)))
            return [input];
        using var channel = provider.Start("CursorSplitter");
        return new Splitter(input, columns, count).Open(provider);
    }

    private static bool IsCopyable(DataViewType type) => type is PrimitiveDataViewType or VectorDataViewType;

    private static int[] ActiveColumns(DataViewRow row)
        => [.. row.Schema.Where(row.IsColumnActive).Select(column => column.Index)];

    // Take without the exception that a canceled or completed queue throws.
    private static RowBatch TakeOrNull(BlockingCollection<RowBatch> queue)
        => queue.TryTake(out var batch, Timeout.Infinite) ? batch : null;

    private static Task RunInBackground(Action action)
        => Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>One thread reads; whichever cursor comes first takes the next batch.</summary>
    private sealed class Splitter
    {
        private readonly BlockingCollection<RowBatch> _queue = new(MaxQueued);
        private readonly CancellationTokenSource _stop = new();
        private readonly DataViewRowCursor _input;
        private readonly int[] _columns;
        private readonly int _count;
        private readonly DataViewSchema _schema;
        private int _open;
        private Task _reader;

        public Splitter(DataViewRowCursor input, int[] columns, int count)
        {
            (_input, _columns, _count, _open) = (input, columns, count, count);
            _schema = input.Schema;
        }

        public DataViewRowCursor[] Open(IChannelProvider provider)
        {
            _reader = RunInBackground(Read);
            var cursors = new DataViewRowCursor[_count];
            for (int i = 0; i < _count; i++)
                cursors[i] = new RowBatchCursor(provider, _schema, _columns, () => TakeOrNull(_queue), CloseOne);
            return cursors;
        }

        private void Read()
        {
            try
            {
                using (_input)
                {
                    var builder = new RowBatchBuilder(_input, _columns);
                    long number = 0;
                    while (!_stop.IsCancellationRequested && _input.MoveNext())
                    {
                        builder.Add();
                        if (builder.Count == BatchSize)
                            _queue.Add(builder.Take(number++), _stop.Token);
                    }
                    if (builder.Count > 0)
                        _queue.Add(builder.Take(number), _stop.Token);
                }
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
            }
            catch (Exception error)
            {
                Report(error);
            }
            finally
            {
                _queue.CompleteAdding();
            }
        }

        private void Report(Exception error)
        {
            try
            {
                _queue.Add(RowBatch.Failed(error), _stop.Token);
            }
            catch (OperationCanceledException)
            {
                // Nobody listens any more.
            }
        }

        private void CloseOne()
        {
            if (Interlocked.Decrement(ref _open) > 0)
                return;
            _stop.Cancel();
            _reader.Wait();
        }
    }

    /// <summary>One thread per input; the consumer takes the batch with the least number among the heads of all queues.</summary>
    private sealed class Merger(DataViewRowCursor[] inputs)
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly BlockingCollection<RowBatch>[] _queues = Array.ConvertAll(inputs, _ => new BlockingCollection<RowBatch>(2));
        private readonly RowBatch[] _heads = new RowBatch[inputs.Length];
        private Task[] _workers;

        public DataViewRowCursor Open(IChannelProvider provider)
        {
            var schema = inputs[0].Schema;
            int[] columns = ActiveColumns(inputs[0]);
            _workers = new Task[inputs.Length];
            for (int i = 0; i < inputs.Length; i++)
            {
                int place = i;
                _workers[i] = RunInBackground(() => Read(inputs[place], columns, _queues[place]));
            }
            return new RowBatchCursor(provider, schema, columns, Next, Close);
        }

        private RowBatch Next()
        {
            int least = -1;
            for (int i = 0; i < _queues.Length; i++)
            {
                _heads[i] ??= TakeOrNull(_queues[i]);
                if (_heads[i]?.Error != null)
                    return _heads[i];
                if (_heads[i] != null && (least < 0 || _heads[i].Number < _heads[least].Number))
                    least = i;
            }
            if (least < 0)
                return null;
            var batch = _heads[least];
            _heads[least] = null;
            return batch;
        }

        private void Read(DataViewRowCursor input, int[] columns, BlockingCollection<RowBatch> queue)
        {
            try
            {
                using (input)
                    Pump(input, columns, queue);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
            }
            catch (Exception error)
            {
                Report(queue, error);
            }
            finally
            {
                queue.CompleteAdding();
            }
        }

        private void Pump(DataViewRowCursor input, int[] columns, BlockingCollection<RowBatch> queue)
        {
            var builder = new RowBatchBuilder(input, columns);
            long number = 0;
            while (!_stop.IsCancellationRequested && input.MoveNext())
            {
                if (builder.Count > 0 && input.Batch != number)
                    queue.Add(builder.Take(number), _stop.Token);
                number = input.Batch;
                builder.Add();
            }
            if (builder.Count > 0)
                queue.Add(builder.Take(number), _stop.Token);
        }

        private void Report(BlockingCollection<RowBatch> queue, Exception error)
        {
            try
            {
                queue.Add(RowBatch.Failed(error), _stop.Token);
            }
            catch (OperationCanceledException)
            {
                // Nobody listens any more.
            }
        }

        private void Close()
        {
            _stop.Cancel();
            Task.WaitAll(_workers);
        }
    }
}
