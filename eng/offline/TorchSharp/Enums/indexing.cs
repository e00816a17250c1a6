namespace TorchSharp;

/// <summary>TorchSharp's <c>indexing</c>.</summary>
public enum indexing
{
    xy = 0,
    ij = 1,
}
