using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A cursor with a position of its own over another one, which it owns.</summary>
internal abstract class LinkedRootCursorBase : RootCursorBase
{
    private bool _disposed;

    protected LinkedRootCursorBase(IChannelProvider provider, DataViewRowCursor input)
        : base(provider)
    {
        Input = input;
    }

    protected DataViewRowCursor Input { get; }

    protected override void Dispose(bool disposing)
    {
        if (_disposed)
            return;
        if (disposing)
            Input.Dispose();
        _disposed = true;
        base.Dispose(disposing);
    }
}
