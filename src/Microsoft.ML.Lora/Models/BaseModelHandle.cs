using System.Runtime.InteropServices;

namespace Microsoft.ML.Lora.Models;

/// <summary>
/// A share in a loaded base model. Disposing it, or losing it to the garbage collector, gives the share back; the weights are freed
/// with the last one.
/// </summary>
internal sealed class BaseModelHandle : SafeHandle
{
    private readonly BaseModelStore.Entry _entry;

    internal BaseModelHandle(BaseModelStore.Entry entry) : base(0, ownsHandle: true)
    {
        _entry = entry;
        SetHandle(1);
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>The model. Valid while this handle is not disposed.</summary>
    /// <exception cref="ObjectDisposedException">The handle was disposed.</exception>
    public EncoderModel Model
    {
        get
        {
            ObjectDisposedException.ThrowIf(IsClosed, this);
            return _entry.Model;
        }
    }

    /// <summary>Bytes of the weights in memory of the process's own.</summary>
    public long OwnBytes => _entry.OwnBytes;

    /// <summary>Bytes of the weights that are only mapped from the file.</summary>
    public long MappedBytes => _entry.MappedBytes;

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        BaseModelStore.Release(_entry);
        return true;
    }
}
