namespace Microsoft.ML.Lora;

/// <summary>Which rows form a training batch together. No padding is computed in either case.</summary>
public enum BatchComposition
{
    /// <summary>Rows in the epoch's random order.</summary>
    Random = 0,

    /// <summary>Rows of like length, the batches in random order: less variety inside a batch.</summary>
    LikeLength = 1,
}
