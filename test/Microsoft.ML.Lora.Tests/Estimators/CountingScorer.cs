using Microsoft.ML.Data;
using Microsoft.ML.Lora.Data;
using Microsoft.ML.Lora.Estimators;
using Microsoft.ML.Lora.Models;

namespace Microsoft.ML.Lora.Tests.Estimators;

/// <summary>A scorer without a model: the scores of a row are made of its length, and it notes what it was asked.</summary>
internal sealed class CountingScorer(ColumnNames names) : IRowScorer
{
    /// <summary>Rows of each call of the model.</summary>
    public List<int> Calls { get; } = [];

    public int Encoded { get; private set; }

    /// <summary>Passes that have begun and not ended.</summary>
    public int Open { get; private set; }

    /// <summary>Calls whose scores were neither waited for nor given up.</summary>
    public int Pending { get; private set; }

    public static float[] ScoresOf(string text) => [text.Length % 7 / 10f, text.Length % 5 / 10f, text.Length % 3 / 10f];

    public IEnumerable<DataViewSchema.Column> InputColumns(DataViewSchema schema) => TextInput.ColumnsOf(schema, names);

    IScoringPass IRowScorer.Open(DataViewRow input)
    {
        Open++;
        return new Pass(this, input.GetGetter<ReadOnlyMemory<char>>(input.Schema[names.Sentence1]));
    }

    public Delegate CreateGetter(int added, DataViewSchema.Column column, Func<Scored> current) =>
        added == OutputGetters.PredictedLabel ? OutputGetters.Key(current) : OutputGetters.Vector(current);

    private sealed class Pass(CountingScorer scorer, ValueGetter<ReadOnlyMemory<char>> text) : IScoringPass
    {
        private ReadOnlyMemory<char> _text;

        public TokenizedRow Read(out bool truncated)
        {
            text(ref _text);
            scorer.Encoded++;
            truncated = _text.Length > 60;
            return new TokenizedRow([.. _text.ToString().Select(c => (int)c), 0], null, 0);
        }

        public IPendingScores Start(IReadOnlyList<TokenizedRow> rows)
        {
            scorer.Calls.Add(rows.Count);
            scorer.Pending++;
            return new Result(scorer, [.. rows.Select(row => ScoresOf(new string('x', row.Ids.Length - 1)))]);
        }

        public void Dispose() => scorer.Open--;
    }

    private sealed class Result(CountingScorer scorer, float[][] scores) : IPendingScores
    {
        public float[][] Wait()
        {
            scorer.Pending--;
            return scores;
        }

        public void Abandon() => scorer.Pending--;
    }
}
