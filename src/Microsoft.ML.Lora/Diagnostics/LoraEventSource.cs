using System.Diagnostics.Tracing;

namespace Microsoft.ML.Lora.Diagnostics;

/// <summary>
/// Says what the library is doing at the moment, for tracing tools (<c>dotnet-trace --providers Microsoft.ML.Lora</c>) and for an
/// <see cref="EventListener"/>: the phases of a training step, evaluations, and each file that is written. Costs nothing while nobody listens.
/// </summary>
[EventSource(Name = SourceName)]
internal sealed class LoraEventSource : EventSource
{
    public const string SourceName = "Microsoft.ML.Lora";

    public static readonly LoraEventSource Log = new();

    private LoraEventSource()
    {
    }

    /// <summary>The forward of a part of a batch begins.</summary>
    /// <param name="step">Optimizer steps taken before.</param>
    [Event(1)]
    public void Forward(long step) => Send(1, step);

    /// <summary>The backward of a part of a batch begins.</summary>
    /// <param name="step">Optimizer steps taken before.</param>
    [Event(2)]
    public void Backward(long step) => Send(2, step);

    /// <summary>The gradients of a step are there; the parameters are about to move.</summary>
    /// <param name="step">Optimizer steps taken before.</param>
    [Event(3)]
    public void Optimizer(long step) => Send(3, step);

    /// <summary>An evaluation on the validation rows begins.</summary>
    /// <param name="step">Optimizer steps taken.</param>
    [Event(4)]
    public void Evaluation(long step) => Send(4, step);

    /// <summary>A file is about to be written beside its place.</summary>
    /// <param name="path">Its place.</param>
    [Event(5)]
    public void FileWrite(string path) => Send(5, path);

    /// <summary>The content is written and about to be flushed to the disk.</summary>
    /// <param name="path">The file's place.</param>
    [Event(6)]
    public void FileFlush(string path) => Send(6, path);

    /// <summary>The content is on the disk and the file is about to be renamed to its place.</summary>
    /// <param name="path">The file's place.</param>
    [Event(7)]
    public void FileRename(string path) => Send(7, path);

    [NonEvent]
    private void Send(int id, long step)
    {
        if (IsEnabled())
            WriteEvent(id, step);
    }

    [NonEvent]
    private void Send(int id, string path)
    {
        if (IsEnabled())
            WriteEvent(id, path);
    }
}
