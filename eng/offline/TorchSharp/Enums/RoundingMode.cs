namespace TorchSharp;

public static partial class torch
{
    /// <summary>TorchSharp's <c>RoundingMode</c>.</summary>
    public enum RoundingMode
    {
        None = 0,
        trunc = 1,
        floor = 2,
    }
}
