using System.Globalization;
using System.Text;

namespace Microsoft.ML.Data.IO;

/// <summary>Writes rows, each of them sparse from some column on where that is shorter.</summary>
internal sealed class TextRowWriter(TextWriter writer, TextColumnWriter[] columns, char separator, bool forceDense)
{
    // How much longer an index:value pair is than a value.
    private const double SparseWeight = 2.5;

    // What differs from the default, by place in the row.
    private readonly List<(int Place, string Text)> _items = [];

    // For each column, and the end, its first place and the number of items before it.
    private readonly int[] _places = new int[columns.Length + 1];
    private readonly int[] _itemCounts = new int[columns.Length + 1];

    public long Count { get; private set; }

    public int MinLength { get; private set; } = int.MaxValue;

    public int MaxLength { get; private set; }

    private int Length => _places[^1];

    public void WriteHeader()
    {
        Collect((column, append) => column.WriteNames(append), _ => "");
        WriteLine(_ => "\"\"");
    }

    public void WriteRow()
    {
        Collect((column, append) => column.WriteValues(append), column => columns[column].Default);
        MinLength = Math.Min(MinLength, Length);
        MaxLength = Math.Max(MaxLength, Length);
        WriteLine(column => columns[column].Default);
        Count++;
    }

    private void Collect(Func<TextColumnWriter, Action<StringBuilder, int>, int> write, Func<int, string> getDefault)
    {
        _items.Clear();
        for (int i = 0; i < columns.Length; i++)
        {
            int start = _places[i];
            string defaultText = getDefault(i);
            int length = write(columns[i], (text, index) =>
            {
                if (!text.Equals(defaultText))
                    _items.Add((start + index, text.ToString()));
            });
            _places[i + 1] = checked(start + length);
            _itemCounts[i + 1] = _items.Count;
        }
    }

    private void WriteLine(Func<int, string> getDefault)
    {
        int sparseFrom = forceDense ? columns.Length : FindSparsePart();
        WriteDense(_places[sparseFrom], getDefault);
        if (sparseFrom < columns.Length)
        {
            if (sparseFrom > 0)
                writer.Write(separator);
            WriteSparse(sparseFrom, getDefault);
        }
        writer.WriteLine();
    }

    // The column from which on sparse is shortest; short sparse parts are not worth it.
    private int FindSparsePart()
    {
        int best = 0;
        double bestScore = double.PositiveInfinity;
        for (int i = 0; i <= columns.Length; i++)
        {
            double score = _places[i] + SparseWeight * (_items.Count - _itemCounts[i]);
            if (score < bestScore)
                (best, bestScore) = (i, score);
        }
        int dense = _places[best];
        int sparse = Length - dense;
        return sparse < 5 || sparse < dense / 5 ? columns.Length : best;
    }

    private void WriteDense(int end, Func<int, string> getDefault)
    {
        int item = 0;
        int column = 0;
        for (int place = 0; place < end; place++)
        {
            if (place > 0)
                writer.Write(separator);
            while (place >= _places[column + 1])
                column++;
            if (item < _items.Count && _items[item].Place == place)
                writer.Write(_items[item++].Text);
            else
                writer.Write(getDefault(column));
        }
    }

    private void WriteSparse(int column, Func<int, string> getDefault)
    {
        int dense = _places[column];
        writer.Write((Length - dense).ToString(CultureInfo.InvariantCulture));
        int item = _itemCounts[column];
        // One pair at least, or the line would not look sparse.
        if (item == _items.Count)
            writer.Write($"{separator}0:{getDefault(column)}");
        for (; item < _items.Count; item++)
            writer.Write($"{separator}{_items[item].Place - dense}:{_items[item].Text}");
    }
}
