using Microsoft.ML.Data;
using Microsoft.ML.Lora.Adapters;
using Microsoft.ML.Lora.Data;
using Microsoft.ML.Lora.Models;

namespace Microsoft.ML.Lora.Estimators;

/// <summary>Scores rows that name their adapter in a column.</summary>
internal sealed class TenantScorer(LoraAdapterPool pool, string keyColumn, string sentence1, string? sentence2) : IRowScorer
{
    /// <summary>Stands for a row whose key has no adapter.</summary>
    public static readonly TokenizedRow NoAdapter = new([0], null, 0);

    /// <inheritdoc/>
    public IEnumerable<DataViewSchema.Column> InputColumns(DataViewSchema schema) =>
    [
        Data.InputColumns.Text(schema, "adapter key", keyColumn), .. TextInput.ColumnsOf(schema, sentence1, sentence2),
    ];

    /// <inheritdoc/>
    public IScoringPass Open(DataViewRow input) => new Pass(
        new PooledPass(pool), input.GetGetter<ReadOnlyMemory<char>>(Data.InputColumns.Text(input.Schema, "adapter key", keyColumn)),
        new TextInput(input, sentence1, sentence2));

    /// <inheritdoc/>
    public Delegate CreateGetter(int added, DataViewSchema.Column column, Func<Scored> current)
    {
        if (added != OutputGetters.PredictedLabel)
            return OutputGetters.Vector(current);
        return (ValueGetter<ReadOnlyMemory<char>>)((ref ReadOnlyMemory<char> label) =>
        {
            Scored scored = current();
            label = scored.Row is AdaptedRow row ? row.Adapter.Labels[OutputGetters.ArgMax(scored.Scores)].AsMemory() : default;
        });
    }

    private sealed class Pass(PooledPass pool, ValueGetter<ReadOnlyMemory<char>> key, TextInput text) : IScoringPass
    {
        private ReadOnlyMemory<char> _key;

        public TokenizedRow Read(out bool truncated)
        {
            key(ref _key);
            truncated = false;
            return pool.Find(_key.ToString()) is { } adapter ? text.Read(adapter, out truncated) : NoAdapter;
        }

        public IPendingScores Start(IReadOnlyList<TokenizedRow> rows) => pool.Start(rows);

        public void Dispose() => pool.Dispose();
    }
}
