using System.Globalization;

namespace Microsoft.ML.Lora.Benchmarks.Comparing;

/// <summary>A method's means over the seeds.</summary>
internal sealed record ComparedRow(
    string Name, double Accuracy, double MacroF1, long TrainableParameters, double Seconds, double PeakMegabytes, double AnonymousMegabytes, double ZipKilobytes)
{
    public static readonly IReadOnlyList<string> Headers =
        ["accuracy", "macro F1", "trained parameters", "seconds", "peak MiB", "own MiB at the end", "zip KiB"];

    public IReadOnlyList<string> Cells =>
    [
        Accuracy.ToString("P2", CultureInfo.InvariantCulture),
        MacroF1.ToString("P2", CultureInfo.InvariantCulture),
        TrainableParameters.ToString("N0", CultureInfo.InvariantCulture),
        Seconds.ToString("F1", CultureInfo.InvariantCulture),
        PeakMegabytes.ToString("N0", CultureInfo.InvariantCulture),
        AnonymousMegabytes.ToString("N0", CultureInfo.InvariantCulture),
        ZipKilobytes.ToString("N0", CultureInfo.InvariantCulture),
    ];

    public static ComparedRow Mean(ComparedMethod method, IReadOnlyList<ComparedRun> runs) => new(
        method.Name,
        runs.Average(r => r.Accuracy),
        runs.Average(r => r.MacroF1),
        runs[0].TrainableParameters,
        runs.Average(r => r.Seconds),
        runs.Average(r => r.PeakMegabytes),
        runs.Average(r => r.AnonymousMegabytes),
        runs.Average(r => r.ZipKilobytes));
}
