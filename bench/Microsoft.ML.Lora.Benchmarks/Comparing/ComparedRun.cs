namespace Microsoft.ML.Lora.Benchmarks.Comparing;

/// <summary>What one method came to with one seed; written by a child process as one line of JSON.</summary>
internal sealed record ComparedRun(
    int Rank, int Seed, double Accuracy, double MacroF1, long TrainableParameters, double Seconds, double PeakMegabytes, double AnonymousMegabytes, double ZipKilobytes);
