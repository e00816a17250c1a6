namespace Microsoft.ML.Lora.Benchmarks.Training;

/// <summary>The size of a BERT whose weights are made up.</summary>
internal sealed record ModelShape(string Name, int Layers, int Hidden, int Heads, int FeedForward, int Vocabulary)
{
    public static readonly ModelShape BertBase = new("BERT-base", 12, 768, 12, 3072, 30522);

    public static readonly ModelShape MiniLm = new("MiniLM-L6", 6, 384, 12, 1536, 30522);

    public const int Positions = 512;

    public const double Dropout = 0.1;

    public const int Rank = 8;

    public const int Classes = 2;

    /// <summary>What the recorded Python runs adapt.</summary>
    public static readonly string[] Targets = ["query", "value"];

    /// <summary>Multiplications and additions of a step's products with base weights: forward, and the gradient of the input.</summary>
    public double StepFlops(long tokens) => 2 * 2.0 * tokens * WeightsInProducts;

    private double WeightsInProducts => (double)Layers * ((4.0 * Hidden * Hidden) + (2.0 * Hidden * FeedForward));
}
