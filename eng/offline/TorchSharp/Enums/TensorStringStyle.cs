namespace TorchSharp;

/// <summary>TorchSharp's <c>TensorStringStyle</c>.</summary>
public enum TensorStringStyle
{
    Metadata = 0,
    Julia = 1,
    Numpy = 2,
    CSharp = 3,
    Default = 4,
}
