using System.Globalization;
using System.Text;

namespace Microsoft.ML.Data;

/// <summary>A confusion matrix as text.</summary>
internal static class ConfusionTable
{
    private const int TitleWidth = 9;

    public static string Format(ConfusionMatrix matrix, string[] names, bool isBinary)
    {
        int count = names.Length;
        int width = count == 2 ? 8 : 5;
        // Names that do not fit in the header are replaced by numbers there, and get these numbers at the side.
        bool numbered = names.Max(name => name.Length) > width;
        int digits = (count - 1).ToString(CultureInfo.CurrentCulture).Length;
        string[] headers = numbered ? [.. Enumerable.Range(0, count).Select(i => i.ToString(CultureInfo.CurrentCulture))] : names;
        int sideWidth = Math.Max(TitleWidth, names.Max(name => name.Length) + (numbered ? digits + 2 : 0));
        string[] sides = numbered
            ? [.. names.Select((name, i) => i.ToString(CultureInfo.CurrentCulture).PadLeft(digits) + ". " + name.PadLeft(sideWidth - digits - 2))]
            : Array.ConvertAll(names, name => name.PadLeft(sideWidth));
        string rule = new('=', count * (count > 2 ? 8 : 11));

        var text = new StringBuilder();
        if (count == 2 && isBinary)
            text.Append(FormatRatio(matrix, names[0]));
        text.AppendLine().AppendLine("Confusion table");
        Title("").AppendLine(rule);
        Title("PREDICTED");
        foreach (string header in headers)
            text.Append($" {header.PadLeft(width)} |");
        text.AppendLine(" Recall");
        Title("TRUTH").AppendLine(rule);
        for (int i = 0; i < count; i++)
        {
            text.Append(sides[i]).Append(" ||");
            foreach (double cell in matrix.Counts[i])
                text.Append($" {cell.ToString("N0", CultureInfo.CurrentCulture).PadLeft(width)} |");
            text.AppendLine($" {matrix.PerClassRecall[i],5:F4}");
        }
        Title("").AppendLine(rule);
        Title("Precision");
        foreach (double precision in matrix.PerClassPrecision)
            text.Append(precision.ToString("N4", CultureInfo.CurrentCulture).PadLeft(width + 1)).Append(" |");
        return text.AppendLine().ToString();

        StringBuilder Title(string title) => text.Append(title.PadRight(sideWidth + 1)).Append("||");
    }

    private static string FormatRatio(ConfusionMatrix matrix, string positive)
    {
        double positives = matrix.Counts[0][0] + matrix.Counts[0][1];
        double negatives = matrix.Counts[1][0] + matrix.Counts[1][1];
        return $"TEST {positive.ToUpper(CultureInfo.CurrentCulture)} RATIO:\t{positives / (positives + negatives):N4} "
            + $"({positives:F1}/({positives:F1}+{negatives:F1}))";
    }
}
