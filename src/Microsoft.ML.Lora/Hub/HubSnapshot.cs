namespace Microsoft.ML.Lora.Hub;

/// <summary>One commit of a model in a cache.</summary>
/// <param name="Id">The model.</param>
/// <param name="Commit">The commit's hash.</param>
/// <param name="Folder">Where its files are.</param>
internal sealed record HubSnapshot(string Id, string Commit, string Folder);
