using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Training;

/// <summary>Gives libtorch another number of threads, for the whole process, until it is disposed.</summary>
internal sealed class ThreadCountScope : IDisposable
{
    private readonly int? _before;

    /// <param name="threads">Null: nothing changes.</param>
    public ThreadCountScope(int? threads)
    {
        if (threads is not { } count || count == get_num_threads())
            return;
        _before = get_num_threads();
        set_num_threads(count);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_before is { } count)
            set_num_threads(count);
    }
}
