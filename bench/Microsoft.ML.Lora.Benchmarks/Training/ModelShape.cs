namespace Microsoft.ML.Lora.Benchmarks.Training;

/// <summary>
/// The size of a BERT whose weights are made up, and the pooling its folder asks for: BERT-base has the family's own (its first token through a dense layer
/// and tanh, as in Hugging Face's <c>BertForSequenceClassification</c>), MiniLM the mean.
/// </summary>
internal sealed record ModelShape(string Name, int Layers, int Hidden, int Heads, int FeedForward, int Vocabulary, PoolingMode Pooling)
{
    public static readonly ModelShape BertBase = new("BERT-base", 12, 768, 12, 3072, 30522, PoolingMode.Pooler);

    public static readonly ModelShape MiniLm = new("MiniLM-L6", 6, 384, 12, 1536, 30522, PoolingMode.Mean);

    public const int Positions = 512;

    public const double Dropout = 0.1;

    public const int Rank = 8;

    public const int Classes = 2;

    /// <summary>What the recorded Python runs adapt.</summary>
    public static readonly string[] Targets = ["query", "value"];

    /// <summary>Multiplications and additions of a step's products with base weights: forward, and the gradient of the input.</summary>
    public double StepFlops(long tokens) => 2 * 2.0 * tokens * WeightsInProducts;

    /// <summary>The layers that the product computes for all tokens.</summary>
    public int WholeLayers => Pooling == PoolingMode.Pooler ? Layers - 1 : Layers;

    /// <summary>
    /// The share of those that the product computes. Where the head reads the first token of each row only, the other tokens of the last layer need no
    /// output projection and no feed-forward part.
    /// </summary>
    public double ComputedShare(int rows, long tokens) => Pooling == PoolingMode.Pooler
        ? 1 - ((((double)Hidden * Hidden) + (2.0 * Hidden * FeedForward)) * (tokens - rows) / tokens / WeightsInProducts)
        : 1;

    private double WeightsInProducts => (double)Layers * ((4.0 * Hidden * Hidden) + (2.0 * Hidden * FeedForward));
}
