using System.Globalization;
using System.Text;

namespace Microsoft.ML.Lora.Comparing;

/// <summary>The report's table: one definition of its columns for all formats.</summary>
internal static class ComparisonTable
{
    /// <summary>Heading, unit, and the value of a row; lower is better where it says so, and null where neither is.</summary>
    public static readonly IReadOnlyList<(string Name, Func<LoraComparisonRow, double> Value, Func<double, string> Text, bool? LowerIsBetter)> Columns =
    [
        ("Accuracy", r => r.Accuracy, Percent, false),
        ("Macro F1", r => r.MacroF1, Percent, false),
        ("ROC AUC", r => r.RocAuc ?? double.NaN, Percent, false),
        ("ECE before", r => r.CalibrationErrorBefore, Percent, true),
        ("ECE after", r => r.CalibrationErrorAfter, Percent, true),
        ("Trained parameters", r => r.TrainableParameters, x => x.ToString("N0", CultureInfo.InvariantCulture), null),
        ("Training time", r => r.Seconds, Time, true),
        ("Peak memory", r => r.PeakBytes, Bytes, true),
        ("Size on disk", r => r.SavedBytes, Bytes, true),
    ];

    /// <summary>A share as percent with two digits; a dash where there is none.</summary>
    public static string Percent(double share) => double.IsNaN(share) ? "–" : string.Create(CultureInfo.InvariantCulture, $"{100 * share:F2} %");

    /// <summary>Seconds, or minutes from two on.</summary>
    public static string Time(double seconds) => seconds < 120
        ? string.Create(CultureInfo.InvariantCulture, $"{seconds:F1} s")
        : string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:F1} min");

    /// <summary>KiB, MiB or GiB, three digits.</summary>
    public static string Bytes(double bytes)
    {
        (double value, string unit) = bytes < 1 << 20 ? (bytes / (1 << 10), "KiB") : bytes < 1L << 30 ? (bytes / (1 << 20), "MiB") : (bytes / (1L << 30), "GiB");
        return string.Create(CultureInfo.InvariantCulture, $"{(value < 10 ? Math.Round(value, 2) : value < 100 ? Math.Round(value, 1) : Math.Round(value)):0.##} {unit}");
    }

    /// <summary>Columns of even width, numbers to the right.</summary>
    public static string Markdown(IReadOnlyList<LoraComparisonRow> rows)
    {
        string[][] cells = [["", .. Columns.Select(c => c.Name)], .. rows.Select(row => (string[])[row.Method, .. Columns.Select(c => c.Text(c.Value(row)))])];
        int[] widths = [.. Enumerable.Range(0, cells[0].Length).Select(column => Math.Max(3, cells.Max(line => line[column].Length)))];
        var text = new StringBuilder();
        for (int line = 0; line < cells.Length; line++)
        {
            text.Append("| ").AppendJoin(" | ", cells[line].Select((cell, column) => column == 0 ? cell.PadRight(widths[0]) : cell.PadLeft(widths[column]))).AppendLine(" |");
            if (line == 0)
                text.Append("| ").AppendJoin(" | ", widths.Select((width, column) => column == 0 ? new string('-', width) : new string('-', width - 1) + ":")).AppendLine(" |");
        }

        return text.ToString();
    }
}
