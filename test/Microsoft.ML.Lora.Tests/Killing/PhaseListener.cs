using System.Diagnostics.Tracing;

namespace Microsoft.ML.Lora.Tests.Killing;

/// <summary>Hears the library's own events and tells which phase begins, on the thread that begins it.</summary>
internal sealed class PhaseListener(Action<string> entered) : EventListener
{
    private const string Source = "Microsoft.ML.Lora";

    /// <summary>All phases, in the order of a training.</summary>
    public static readonly IReadOnlyList<string> Phases =
    [
        "forward", "backward", "optimizer", "evaluation", "checkpoint write", "checkpoint flush", "checkpoint rename", "zip write", "zip flush", "zip rename",
    ];

    // The base class calls this before the constructor has run.
    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == Source)
            EnableEvents(eventSource, EventLevel.LogAlways);
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (eventData.EventSource.Name != Source || eventData.EventName is not { } name)
            return;
        if (name.StartsWith("File", StringComparison.Ordinal))
            name = (eventData.Payload![0]!.ToString()!.EndsWith(".zip", StringComparison.Ordinal) ? "zip " : "checkpoint ") + name["File".Length..];
        entered(name.ToLowerInvariant());
    }
}
