using Microsoft.ML.Data;
using Microsoft.ML.Lora.Models;

namespace Microsoft.ML.Lora.Estimators;

/// <summary>Rows that a scoring cursor has read ahead of its consumer: copies of the active input columns, and the tokens to score together.</summary>
/// <param name="input">Where rows are read.</param>
/// <param name="pass">What scores them.</param>
/// <param name="columns">The input's columns that the consumer may ask for.</param>
internal sealed class LookAheadWindow(DataViewRowCursor input, IScoringPass pass, IEnumerable<DataViewSchema.Column> columns)
{
    private const long MostBytes = 8 << 20;

    private readonly ValueGetter<DataViewRowId> _inputId = input.GetIdGetter();
    private readonly Dictionary<int, ColumnBuffer> _columns = columns.ToDictionary(column => column.Index, column => ColumnBuffer.Create(input, column));
    private readonly List<DataViewRowId> _ids = [];
    private readonly List<long> _batches = [];
    private TokenizedRow[] _tokens = [];
    private IPendingScores? _pending;
    private float[][]? _scores;

    /// <summary>Rows in the window.</summary>
    public int Count => _ids.Count;

    /// <summary>Whether the model has been asked for the rows.</summary>
    public bool IsStarted => _pending is not null || _scores is not null;

    public DataViewRowId Id(int row) => _ids[row];

    public long Batch(int row) => _batches[row];

    /// <summary>The copies of an input column.</summary>
    public ColumnBuffer Column(int index) => _columns[index];

    /// <summary>Replaces the content by the next rows of the input.</summary>
    /// <param name="capacity">The most rows; fewer where they are large, or there are no more.</param>
    /// <returns>How many texts were cut.</returns>
    public int Fill(int capacity)
    {
        Clear();
        var tokens = new List<TokenizedRow>(capacity);
        (long bytes, int truncatedRows) = (0, 0);
        while (_ids.Count < capacity && bytes < MostBytes && input.MoveNext())
        {
            DataViewRowId id = default;
            _inputId(ref id);
            _ids.Add(id);
            _batches.Add(input.Batch);
            foreach (ColumnBuffer column in _columns.Values)
                bytes += column.Append();
            TokenizedRow row = pass.Read(out bool truncated);
            tokens.Add(row);
            bytes += 64 + 5L * row.Ids.Length;
            truncatedRows += truncated ? 1 : 0;
        }

        _tokens = [.. tokens];
        return truncatedRows;
    }

    /// <summary>Empties the window.</summary>
    public void Clear()
    {
        _ids.Clear();
        _batches.Clear();
        (_tokens, _pending, _scores) = ([], null, null);
        foreach (ColumnBuffer column in _columns.Values)
            column.Clear();
    }

    /// <summary>Begins to run the model on all rows.</summary>
    public void Start() => _pending = pass.Start(_tokens);

    /// <summary>One row and its probabilities, of a window that has been started.</summary>
    public Scored Scored(int row)
    {
        if (_scores is null)
            (_scores, _pending) = (_pending!.Wait(), null);
        return new Scored(_tokens[row], _scores[row]);
    }

    /// <summary>Gives up what is being computed.</summary>
    public void Abandon() => _pending?.Abandon();
}
