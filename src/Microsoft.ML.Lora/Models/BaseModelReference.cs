namespace Microsoft.ML.Lora.Models;

/// <summary>What a saved model knows of its base.</summary>
/// <param name="Id">The base's name.</param>
/// <param name="Fingerprint">The hash of its tensors.</param>
/// <param name="Revision">The commit of the hub's repository that it is; null for a folder.</param>
internal sealed record BaseModelReference(string Id, string Fingerprint, string? Revision = null)
{
    /// <summary>For messages.</summary>
    public override string ToString() => Revision is null ? $"'{Id}' ({Fingerprint})" : $"'{Id}' at {Revision} ({Fingerprint})";
}
