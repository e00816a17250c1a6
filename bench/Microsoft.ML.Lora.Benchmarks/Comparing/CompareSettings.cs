namespace Microsoft.ML.Lora.Benchmarks.Comparing;

/// <summary>What is compared on what.</summary>
internal sealed record CompareSettings(string Data, string Test, string? BaseModel, int Epochs);
