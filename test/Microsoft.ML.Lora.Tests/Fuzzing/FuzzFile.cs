namespace Microsoft.ML.Lora.Tests.Fuzzing;

/// <summary>A real file to damage.</summary>
/// <param name="Name">What messages call it.</param>
/// <param name="Content">Undamaged.</param>
internal sealed record FuzzFile(string Name, byte[] Content);
