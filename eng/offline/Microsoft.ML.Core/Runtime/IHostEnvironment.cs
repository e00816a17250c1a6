namespace Microsoft.ML.Runtime;

/// <summary>What components run in: hosts, channels, registered components.</summary>
public interface IHostEnvironment : IChannelProvider, IProgressChannelProvider
{
    ComponentCatalog ComponentCatalog { get; }

    IHost Register(string name, int? seed = null, bool? verbose = null);
}
