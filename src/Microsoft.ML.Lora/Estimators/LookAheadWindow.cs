using Microsoft.ML.Data;
using Microsoft.ML.Lora.Models;

namespace Microsoft.ML.Lora.Estimators;

/// <summary>
/// The rows that a scoring cursor has read ahead of its consumer: copies of the active input columns, and the tokens to score together.
/// It starts small, so that a consumer who wants a few rows does not wait for hundreds, and grows to a size that keeps the processor busy.
/// </summary>
internal sealed class LookAheadWindow(DataViewRowCursor input, IScoringPass pass, ColumnBuffer[] columns)
{
    private const int FirstRows = 8;
    private const int MostRows = 256;
    private const long MostBytes = 16 << 20;

    private readonly ValueGetter<DataViewRowId> _inputId = input.GetIdGetter();
    private readonly List<DataViewRowId> _ids = [];
    private readonly List<long> _batches = [];
    private readonly List<TokenizedRow> _tokens = [];
    private float[][]? _scores;
    private int _capacity = FirstRows;

    /// <summary>Rows in the window.</summary>
    public int Count => _ids.Count;

    /// <summary>Rows so far whose text was cut.</summary>
    public long TruncatedRows { get; private set; }

    public DataViewRowId Id(int row) => _ids[row];

    public long Batch(int row) => _batches[row];

    /// <summary>Replaces the content by the next rows of the input.</summary>
    /// <returns>False when there are none.</returns>
    public bool Fill()
    {
        _ids.Clear();
        _batches.Clear();
        _tokens.Clear();
        _scores = null;
        foreach (ColumnBuffer column in columns)
            column.Clear();

        long bytes = 0;
        while (_ids.Count < _capacity && bytes < MostBytes && input.MoveNext())
        {
            DataViewRowId id = default;
            _inputId(ref id);
            _ids.Add(id);
            _batches.Add(input.Batch);
            foreach (ColumnBuffer column in columns)
                bytes += column.Append();
            TokenizedRow tokens = pass.Read(out bool truncated);
            _tokens.Add(tokens);
            bytes += 64 + 5L * tokens.Ids.Length;
            TruncatedRows += truncated ? 1 : 0;
        }

        _capacity = Math.Min(MostRows, _capacity * 2);
        return _ids.Count > 0;
    }

    /// <summary>One row and its probabilities; the model runs when the first row of the window is asked for, for all of them.</summary>
    public Scored Scored(int row) => new(_tokens[row], (_scores ??= pass.Score(_tokens))[row]);
}
