using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>The root environment of an MLContext.</summary>
internal sealed class LocalEnvironment(int? seed = null) : HostEnvironment(seed)
{
    /// <summary>Who hears all log messages of this environment and its hosts.</summary>
    public Action<MessageSource, ChannelMessage> Listener { get; set; }

    public override string ContextDescription => "HostEnvironment";

    protected override Action<MessageSource, ChannelMessage> Dispatch => (source, message) => Listener?.Invoke(source, message);

    public override IHost Register(string name, int? seed = null, bool? verbose = null)
    {
        var host = base.Register(name, seed, verbose);
        // Only hosts of the root inherit the folder; hosts of hosts go back to the system's.
        ((IHostEnvironmentInternal)host).TempFilePath = TempFilePath;
        return host;
    }
}
