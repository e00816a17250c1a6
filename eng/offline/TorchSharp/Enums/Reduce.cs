namespace TorchSharp;

/// <summary>TorchSharp's <c>Reduce</c>.</summary>
public enum Reduce
{
    prod = 0,
    mean = 1,
    amax = 2,
    amin = 3,
}
