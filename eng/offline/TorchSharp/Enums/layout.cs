namespace TorchSharp;

/// <summary>TorchSharp's <c>layout</c>.</summary>
public enum layout
{
    strided = 0,
    sparse_coo = 1,
}
