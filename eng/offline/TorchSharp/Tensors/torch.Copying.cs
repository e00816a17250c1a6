namespace TorchSharp;

public static partial class torch
{
    // Copies and in-place fills.

    public static Tensor clone(Tensor input) => input.clone();
}
