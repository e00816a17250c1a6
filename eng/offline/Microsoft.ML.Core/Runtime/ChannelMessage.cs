namespace Microsoft.ML.Runtime;

/// <summary>A log message, formatted only when it is read.</summary>
public readonly struct ChannelMessage
{
    public readonly ChannelMessageKind Kind;
    public readonly MessageSensitivity Sensitivity;
    private readonly string _format;
    private readonly object[] _args;

    internal ChannelMessage(ChannelMessageKind kind, MessageSensitivity sensitivity, string message)
    {
        Contracts.CheckNonEmpty(message, nameof(message));
        (Kind, Sensitivity, _format, _args) = (kind, sensitivity, message, null);
    }

    internal ChannelMessage(ChannelMessageKind kind, MessageSensitivity sensitivity, string fmt, params object[] args)
    {
        Contracts.CheckNonEmpty(fmt, nameof(fmt));
        Contracts.CheckNonEmpty(args, nameof(args));
        (Kind, Sensitivity, _format, _args) = (kind, sensitivity, fmt, args);
    }

    public string Message => _args == null ? _format : string.Format(_format, _args);
}
