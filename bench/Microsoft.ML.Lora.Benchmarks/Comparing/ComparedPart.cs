namespace Microsoft.ML.Lora.Benchmarks.Comparing;

/// <summary>What a child process that ran one method prints as one line of JSON.</summary>
internal sealed record ComparedPart(string Data, string Recipe, IReadOnlyList<LoraComparisonRun> Runs);
