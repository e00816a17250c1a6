namespace Microsoft.ML.Lora.MLNetInterop;

/// <summary>One file inside a saved model.</summary>
internal sealed record ModelFile(string Name, byte[] Content);
