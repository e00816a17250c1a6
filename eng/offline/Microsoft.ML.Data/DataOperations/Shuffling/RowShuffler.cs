using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Shows the rows of a view in an order drawn from a pool of rows, over a shuffled source where it can be shuffled.</summary>
internal sealed class RowShuffler : TransformBase
{
    private readonly int _poolRows;
    private readonly bool _shuffleSource;
    private readonly int _seed;

    public RowShuffler(IHostEnvironment env, IDataView input, int poolRows, bool shuffleSource, int? seed)
        : base(env, "Shuffle", input)
    {
        _poolRows = poolRows;
        _shuffleSource = shuffleSource;
        _seed = seed ?? Host.Rand.NextSigned();
    }

    public override DataViewSchema OutputSchema => Source.Schema;

    public override bool CanShuffle => true;

    public override long? GetRowCount() => Source.GetRowCount();

    public override DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
        => [GetRowCursorCore(columnsNeeded, rand)];

    protected override bool? WantsParallelCursors(Func<int, bool> needed) => false;

    protected override DataViewRowCursor GetRowCursorCore(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand)
    {
        rand ??= RandomUtils.Create(_seed);
        var input = Source.GetRowCursor(columnsNeeded, _shuffleSource ? RandomUtils.Create(rand) : null);
        return _poolRows == 1 ? input : new ShuffleCursor(Host, _poolRows, input, rand);
    }
}
