namespace Microsoft.ML.Lora.Checkpoints.Pickles;

/// <summary>A tensor of a torch file: a view of a storage, checked to lie within it.</summary>
/// <param name="Storage">The memory.</param>
/// <param name="Type">The element type.</param>
/// <param name="Offset">The first element.</param>
/// <param name="Shape">The dimensions.</param>
/// <param name="Strides">Elements from one index to the next, a dimension; 0 repeats.</param>
/// <param name="Count">How many elements the tensor has.</param>
/// <param name="RequiresGrad">As the file says.</param>
/// <param name="IsParameter">True for a <c>torch.nn.Parameter</c>.</param>
internal sealed record TorchTensor(
    TorchStorage Storage, SafetensorsType Type, long Offset, long[] Shape, long[] Strides, long Count, bool RequiresGrad, bool IsParameter = false)
{
    /// <summary>True where the elements lie row-major without gaps.</summary>
    public bool IsContiguous
    {
        get
        {
            long step = 1;
            for (int i = Shape.Length - 1; i >= 0; i--)
            {
                if (Shape[i] != 1 && Strides[i] != step)
                    return Count == 0;
                step *= Shape[i];
            }

            return true;
        }
    }

    /// <summary>Elements from the first to the last one, both included.</summary>
    public long Extent
    {
        get
        {
            long last = 0;
            for (int i = 0; i < Shape.Length; i++)
                last += (Shape[i] - 1) * Strides[i];
            return Count == 0 ? 0 : last + 1;
        }
    }

    // Tensors are told apart by identity.
    public bool Equals(TorchTensor? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
}
