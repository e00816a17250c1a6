namespace TorchSharp;

/// <summary>TorchSharp's <c>Float32MatmulPrecision</c>.</summary>
public enum Float32MatmulPrecision
{
    highest = 0,
    high = 1,
    medium = 2,
}
