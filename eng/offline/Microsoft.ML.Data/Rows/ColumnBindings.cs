namespace Microsoft.ML.Data;

/// <summary>
/// Input columns and added columns in one schema. An added column whose name is taken comes right after the last one of
/// that name and so hides it; the others come last.
/// </summary>
internal sealed class ColumnBindings
{
    // Index of the input column, or the complement of the index of the added column.
    private readonly int[] _map;

    public ColumnBindings(DataViewSchema input, DataViewSchema.DetachedColumn[] added)
    {
        InputSchema = input;
        var map = Enumerable.Range(0, input.Count).ToList();
        string NameAt(int place) => map[place] >= 0 ? input[map[place]].Name : added[~map[place]].Name;
        for (int i = 0; i < added.Length; i++)
        {
            int last = map.Count - 1;
            while (last >= 0 && NameAt(last) != added[i].Name)
                last--;
            map.Insert(last < 0 ? map.Count : last + 1, ~i);
        }
        _map = [.. map];

        var builder = new DataViewSchema.Builder();
        var places = new int[added.Length];
        for (int place = 0; place < _map.Length; place++)
        {
            int from = _map[place];
            if (from >= 0)
                builder.AddColumn(input[from].Name, input[from].Type, input[from].Annotations);
            else
            {
                builder.AddColumn(added[~from].Name, added[~from].Type, added[~from].Annotations);
                places[~from] = place;
            }
        }
        AddedColumnIndices = places;
        Schema = builder.ToSchema();
    }

    /// <summary>For each added column its index in <see cref="Schema"/>.</summary>
    public IReadOnlyList<int> AddedColumnIndices { get; }

    public DataViewSchema InputSchema { get; }

    public DataViewSchema Schema { get; }

    /// <summary>The index among the input columns or the added columns, whichever it is.</summary>
    public int MapColumnIndex(out bool isInput, int column)
    {
        int index = _map[column];
        isInput = index >= 0;
        return isInput ? index : ~index;
    }

    public bool[] GetActiveInput(Func<int, bool> isActive)
    {
        var active = new bool[InputSchema.Count];
        for (int place = 0; place < _map.Length; place++)
        {
            if (_map[place] >= 0 && isActive(place))
                active[_map[place]] = true;
        }
        return active;
    }
}
