using System.Runtime.ExceptionServices;
using Microsoft.ML.Data;

namespace Microsoft.ML.Lora.Estimators;

/// <summary>
/// Two windows: the one that the consumer is in, and the next, which is read and given to the model before the consumer gets there, so that the model
/// need not wait for the input, nor for the consumer. Windows start small, so that a consumer who wants a few rows does not wait for hundreds, and grow
/// to a size that keeps the processor busy. Everything but the model runs on the consumer's thread.
/// </summary>
internal sealed class LookAhead
{
    private const int FirstRows = 8;
    private const int MostRows = 256;

    private readonly LookAheadWindow[] _windows;
    private int _capacity = FirstRows;
    private bool _isNextRead;
    private ExceptionDispatchInfo? _failure;

    public LookAhead(DataViewRowCursor input, IScoringPass pass, IReadOnlyList<DataViewSchema.Column> columns) =>
        _windows = [new LookAheadWindow(input, pass, columns), new LookAheadWindow(input, pass, columns)];

    /// <summary>The window that the consumer is in.</summary>
    public LookAheadWindow Window => _windows[Current];

    /// <summary>Which of the two that is.</summary>
    public int Current { get; private set; }

    /// <summary>Rows so far whose text was cut.</summary>
    public long TruncatedRows { get; private set; }

    private LookAheadWindow Next => _windows[1 - Current];

    /// <summary>Goes to the next window.</summary>
    /// <returns>False when there are no more rows.</returns>
    public bool Advance()
    {
        if (!_isNextRead)
            ReadNext();
        _isNextRead = false;
        Current = 1 - Current;
        _failure?.Throw();
        return Window.Count > 0;
    }

    /// <summary>One row of the window and its probabilities. The model runs when the first row is asked for, for all of them.</summary>
    public Scored Scored(int row)
    {
        if (!Window.IsStarted)
            Window.Start();
        // Whoever goes beyond the first window will want more.
        if (!_isNextRead && _capacity > 2 * FirstRows)
        {
            ReadNext();
            if (_failure is null && Next.Count > 0)
                Next.Start();
        }

        return Window.Scored(row);
    }

    /// <summary>The windows' copies of an input column behind one getter.</summary>
    public ValueGetter<TValue> CreateGetter<TValue>(DataViewSchema.Column column, Func<int> currentRow)
    {
        ValueGetter<TValue>[] getters = [.. _windows.Select(window => OutputGetters.Typed<TValue>(window.Column(column.Index).CreateGetter(currentRow), column))];
        return (ref TValue value) => getters[Current](ref value);
    }

    /// <summary>Gives up what is being computed.</summary>
    public void Abandon()
    {
        foreach (LookAheadWindow window in _windows)
            window.Abandon();
    }

    /// <summary>What goes wrong in rows that the consumer has not reached is not his yet.</summary>
    private void ReadNext()
    {
        _isNextRead = true;
        try
        {
            TruncatedRows += Next.Fill(_capacity);
            _capacity = Math.Min(MostRows, _capacity * 2);
        }
        catch (Exception e)
        {
            Next.Clear();
            _failure = ExceptionDispatchInfo.Capture(e);
        }
    }
}
