using Microsoft.ML.Lora.Kernels;
using Microsoft.ML.Lora.Models;

namespace Microsoft.ML.Lora.Training;

/// <summary>
/// Tokenized rows with a class and a weight each. A row's example id is its number, so that random numbers follow the row and not its place in
/// a batch; parts of a split keep the ids of the whole. Dispose frees the whole's file of token ids, where there is one.
/// </summary>
internal sealed class TrainingSet : IDisposable
{
    private readonly TokenStore _tokens;
    private readonly CompactInts _labels;
    private readonly List<float> _weights; // empty while all weigh 1
    private readonly List<int> _skipped; // for each row that was left out, how many had been added before it
    private readonly int[]? _rows;

    /// <param name="classes">Number of classes; labels are 0 .. classes - 1.</param>
    /// <param name="cache">Where token ids go; null: into memory.</param>
    public TrainingSet(int classes, TokenCache? cache = null)
        : this(classes, new TokenStore(cache ?? TokenCache.InMemory), new CompactInts(), [], [], null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
    }

    private TrainingSet(int classes, TokenStore tokens, CompactInts labels, List<float> weights, List<int> skipped, int[]? rows)
    {
        Classes = classes;
        _tokens = tokens;
        _labels = labels;
        _weights = weights;
        _skipped = skipped;
        _rows = rows;
    }

    public int Classes { get; }

    public int Count => _rows?.Length ?? _labels.Count;

    /// <summary>Whether token ids lie in a file.</summary>
    public bool IsSpilled => _tokens.IsSpilled;

    /// <summary>Appends a row.</summary>
    /// <param name="ids">Token ids, special tokens included, truncated to what the model takes.</param>
    /// <param name="typeIds">Segments, or empty.</param>
    /// <param name="label">From 0.</param>
    /// <param name="weight">How much the row counts; finite, at least 0.</param>
    /// <exception cref="ArgumentException">Label or weight is out of range; the message names the row.</exception>
    public void Add(ReadOnlySpan<int> ids, ReadOnlySpan<byte> typeIds, int label, float weight = 1)
    {
        if (_rows is not null)
            throw new InvalidOperationException("Rows are added to the whole set, not to a part of it.");
        if (label < 0 || label >= Classes)
            throw new ArgumentOutOfRangeException(nameof(label), label, $"Row {Count} has a class outside 0 to {Classes - 1}.");
        if (!float.IsFinite(weight) || weight < 0)
            throw new ArgumentOutOfRangeException(nameof(weight), weight, $"Row {Count} has a weight that is negative or not a finite number.");
        _tokens.Add(ids, typeIds);
        _labels.Add(label);
        if (weight != 1 && _weights.Count == 0)
            _weights.AddRange(Enumerable.Repeat(1f, _labels.Count - 1));
        if (weight != 1 || _weights.Count > 0)
            _weights.Add(weight);
    }

    /// <summary>Notes that a row of the source is left out here.</summary>
    public void Skip() => _skipped.Add(_labels.Count);

    /// <summary>Nothing more will be added: gives memory back that was kept for more.</summary>
    /// <exception cref="IOException">The file of token ids cannot be written.</exception>
    public void Complete()
    {
        _tokens.Complete();
        _labels.Trim();
        _weights.TrimExcess();
        _skipped.TrimExcess();
    }

    public int Label(int index) => _labels[RowOf(index)];

    public float Weight(int index) => _weights.Count == 0 ? 1 : _weights[RowOf(index)];

    /// <summary>Tokens of a row.</summary>
    public int Length(int index) => _tokens.Length(RowOf(index));

    /// <summary>The row as models take it.</summary>
    public TokenizedRow Row(int index)
    {
        int row = RowOf(index);
        return new TokenizedRow(_tokens.Ids(row), _tokens.TypeIds(row), row);
    }

    /// <summary>The row's number in the whole set.</summary>
    public int RowOf(int index) => _rows is null ? index : _rows[index];

    /// <summary>The row's number in what the set was read from, from 0: those that were left out count.</summary>
    public long SourceRow(int index)
    {
        int row = RowOf(index);
        (int low, int high) = (0, _skipped.Count);
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = _skipped[middle] <= row ? (middle + 1, high) : (low, middle);
        }

        return (long)row + low;
    }

    /// <summary>How many rows each class has.</summary>
    public long[] CountByClass()
    {
        long[] counts = new long[Classes];
        for (int i = 0; i < Count; i++)
            counts[Label(i)]++;
        return counts;
    }

    /// <summary>
    /// Sets a share of every class aside, rounded to whole rows; a class keeps at least one row for training. The parts share this set's memory.
    /// </summary>
    /// <param name="fraction">In (0, 1).</param>
    /// <param name="seed">Which rows.</param>
    /// <exception cref="ArgumentException">The fraction is too small or too large for the number of rows.</exception>
    public (TrainingSet Train, TrainingSet Validation) Split(double fraction, ulong seed)
    {
        long[] counts = CountByClass();
        long[] quota = Array.ConvertAll(counts, n => Math.Min((long)Math.Round(fraction * n, MidpointRounding.AwayFromZero), Math.Max(0, n - 1)));
        if (quota.Sum() == 0)
            throw new ArgumentException($"A validation fraction of {fraction} of {Count} rows in {counts.Count(n => n > 0)} classes leaves no row to validate on; raise TrainingOptions.ValidationFraction, or give a validation set.", nameof(fraction));
        var train = new List<int>();
        var validation = new List<int>();
        foreach (int i in CounterRandom.Permutation(CounterRandom.Key(seed, RandomStreams.Split), Count))
            (quota[Label(i)]-- > 0 ? validation : train).Add(RowOf(i));
        train.Sort();
        validation.Sort();
        return (Part(train), Part(validation));

        TrainingSet Part(List<int> rows) => new(Classes, _tokens, _labels, _weights, _skipped, [.. rows]);
    }

    /// <inheritdoc/>
    public void Dispose() => _tokens.Dispose();
}
