using System.Text.Json.Nodes;
using Gold;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Tests;

/// <summary>Writes down what a context logs, but not its traces.</summary>
internal sealed class LogRecorder
{
    private readonly List<string> _messages = [];

    public LogRecorder(MLContext ml) => ml.Log += (_, message) =>
    {
        if (message.Kind == ChannelMessageKind.Trace)
            return;
        lock (_messages)
            _messages.Add($"{message.Kind}|{message.Source}|{G.Norm(message.RawMessage)}");
    };

    public string[] Messages
    {
        get
        {
            lock (_messages)
                return _messages.ToArray();
        }
    }

    public JsonArray ToJson() => new(Messages.Select(JsonNode? (message) => message).ToArray());
}
