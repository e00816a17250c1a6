namespace TorchSharp;

/// <summary>TorchSharp's <c>EmbeddingBagMode</c>.</summary>
public enum EmbeddingBagMode
{
    Sum = 0,
    Mean = 1,
    Max = 2,
}
