namespace Microsoft.ML.Runtime;

/// <summary>Messages of unknown sensitivity.</summary>
internal static class ChannelExtensions
{
    public static void Trace(this IChannel ch, string fmt, params object[] args) => Send(ch, ChannelMessageKind.Trace, fmt, args);

    public static void Info(this IChannel ch, string fmt, params object[] args) => Send(ch, ChannelMessageKind.Info, fmt, args);

    public static void Warning(this IChannel ch, string fmt, params object[] args) => Send(ch, ChannelMessageKind.Warning, fmt, args);

    public static void Error(this IChannel ch, string fmt, params object[] args) => Send(ch, ChannelMessageKind.Error, fmt, args);

    private static void Send(IChannel ch, ChannelMessageKind kind, string fmt, object[] args)
        => ch.Send(args.Length == 0
            ? new ChannelMessage(kind, MessageSensitivity.Unknown, fmt)
            : new ChannelMessage(kind, MessageSensitivity.Unknown, fmt, args));
}
