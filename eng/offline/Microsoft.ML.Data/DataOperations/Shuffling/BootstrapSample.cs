using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Shows each row as often as a Poisson number of mean 1 says; the complement shows those left out, once.</summary>
internal sealed class BootstrapSample : TransformBase
{
    private readonly TauswortheHybrid.State _state;
    private readonly bool _complement;

    public BootstrapSample(IHostEnvironment env, IDataView input, uint? seed, bool complement)
        : base(env, "BootstrapSample", input)
    {
        _state = new TauswortheHybrid.State(seed ?? (uint)Host.Rand.Next());
        _complement = complement;
    }

    public override DataViewSchema OutputSchema => Source.Schema;

    public override bool CanShuffle => false;

    public override long? GetRowCount() => null;

    public override DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
        => [GetRowCursorCore(columnsNeeded, null)];

    protected override bool? WantsParallelCursors(Func<int, bool> needed) => false;

    protected override DataViewRowCursor GetRowCursorCore(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand)
        => new Cursor(Host, Source.GetRowCursor(columnsNeeded), new TauswortheHybrid(_state), _complement);

    private sealed class Cursor(IChannelProvider provider, DataViewRowCursor input, Random random, bool complement)
        : LinkedRootCursorBase(provider, input)
    {
        private int _remaining;

        public override DataViewSchema Schema => Input.Schema;

        public override long Batch => 0;

        public override bool IsColumnActive(DataViewSchema.Column column) => Input.IsColumnActive(column);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => Input.GetGetter<TValue>(column);

        public override ValueGetter<DataViewRowId> GetIdGetter()
        {
            var inputId = Input.GetIdGetter();
            return (ref DataViewRowId id) =>
            {
                inputId(ref id);
                id = id.Combine(new DataViewRowId((ulong)_remaining, 0));
            };
        }

        protected override bool MoveNextCore()
        {
            while (_remaining == 0 && Input.MoveNext())
            {
                _remaining = Poisson();
                if (complement)
                    _remaining = _remaining == 0 ? 1 : 0;
            }
            return _remaining-- > 0;
        }

        /// <summary>A Poisson number of mean 1 (D. Knuth, TAOCP 2, 3.4.1).</summary>
        private int Poisson()
        {
            double limit = Math.Exp(-1.0);
            int count = 0;
            for (double product = random.NextDouble(); product > limit; product *= random.NextDouble())
                count++;
            return count;
        }
    }
}
