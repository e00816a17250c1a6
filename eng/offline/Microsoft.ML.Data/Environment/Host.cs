using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>The environment of one component.</summary>
internal sealed class Host : HostEnvironment, IHost
{
    public Host(HostEnvironment parent, string name, Random rand, Action<MessageSource, ChannelMessage> dispatch)
        : base(parent, name, rand)
    {
        Dispatch = dispatch;
    }

    public Random Rand => Generator;

    protected override Action<MessageSource, ChannelMessage> Dispatch { get; }
}
