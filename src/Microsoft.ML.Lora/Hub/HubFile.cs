namespace Microsoft.ML.Lora.Hub;

/// <summary>A file of a commit, as the hub announces it.</summary>
/// <param name="Name">Its name in the repository.</param>
/// <param name="Etag">Its hash: SHA-256, or git's blob hash. The name of its blob.</param>
/// <param name="Size">Its size in bytes.</param>
/// <param name="Address">Where it is asked for.</param>
/// <param name="Validator">The ETag that the answers for its bytes carry, where the endpoint serves them itself; else null.</param>
internal sealed record HubFile(string Name, string Etag, long Size, Uri Address, string? Validator);
