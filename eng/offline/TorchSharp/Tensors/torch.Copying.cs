namespace TorchSharp;

public static partial class torch
{
    // Copies and in-place fills.

    public static Tensor clone(Tensor input) => input.clone();

    public static Tensor nextafter(Tensor input, Tensor other) => input.nextafter(other);
}
