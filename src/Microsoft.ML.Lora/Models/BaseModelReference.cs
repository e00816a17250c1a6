namespace Microsoft.ML.Lora.Models;

/// <summary>What a saved model knows of its base.</summary>
/// <param name="Id">The base's name.</param>
/// <param name="Fingerprint">The hash of its tensors.</param>
internal sealed record BaseModelReference(string Id, string Fingerprint)
{
    /// <summary>For messages.</summary>
    public override string ToString() => $"'{Id}' ({Fingerprint})";
}
