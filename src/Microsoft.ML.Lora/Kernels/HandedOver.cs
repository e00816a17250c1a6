using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Kernels;

/// <summary>
/// What a custom backward returns is taken over by libtorch when the call ends, while the managed object would live until the scope of the
/// whole step closes and keep the memory. So the objects of one call are kept here and disposed by the next call of the same thread.
/// </summary>
internal static class HandedOver
{
    [ThreadStatic]
    private static List<Tensor>? s_last;

    /// <summary>Returns <paramref name="gradients"/> from a backward.</summary>
    public static List<Tensor> Return(params List<Tensor?> gradients)
    {
        Clear();
        s_last = [];
        foreach (Tensor? gradient in gradients)
        {
            if (gradient is not null)
                s_last.Add(gradient.DetachFromDisposeScope());
        }

        return gradients!;
    }

    /// <summary>Frees what the last call of this thread returned; to be called when a backward is over.</summary>
    public static void Clear()
    {
        if (s_last is null)
            return;
        foreach (Tensor tensor in s_last)
            tensor.Dispose();
        s_last = null;
    }
}
