using System.Globalization;
using System.Net;
using System.Text;

namespace Microsoft.ML.Lora.Benchmarks.Comparing;

/// <summary>One page without scripts or outside files: a table, and a chart of accuracy as SVG.</summary>
internal static class HtmlReport
{
    private const int ChartWidth = 640;
    private const int BarHeight = 22;
    private const int LabelWidth = 180;

    public static string Create(CompareSettings settings, int seeds, string machine, IReadOnlyList<ComparedRow> rows)
    {
        string data = $"{Path.GetFileName(settings.Data)}, tested on {Path.GetFileName(settings.Test)}";
        var html = new StringBuilder();
        html.AppendLine("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>LoRA compared</title><style>");
        html.AppendLine("body{font:15px/1.5 system-ui,sans-serif;margin:2em auto;max-width:60em;color:#222}table{border-collapse:collapse}");
        html.AppendLine("td,th{padding:.3em .8em;text-align:right;border-bottom:1px solid #ddd}td:first-child,th:first-child{text-align:left}pre{background:#f5f5f5;padding:1em}");
        html.AppendLine("</style></head><body>");
        html.AppendLine(CultureInfo.InvariantCulture, $"<h1>LoRA compared</h1><p>{Escape(data)}; {settings.Epochs} epochs, mean of {seeds} seed(s).</p>");
        html.AppendLine("<table><tr><th></th>").AppendJoin("", ComparedRow.Headers.Select(h => $"<th>{Escape(h)}</th>")).AppendLine("</tr>");
        foreach (ComparedRow row in rows)
            html.Append($"<tr><td>{Escape(row.Name)}</td>").AppendJoin("", row.Cells.Select(c => $"<td>{Escape(c)}</td>")).AppendLine("</tr>");
        html.AppendLine("</table><h2>Accuracy</h2>").AppendLine(Chart(rows));
        html.AppendLine($"<h2>Machine</h2><pre>{Escape(machine)}</pre></body></html>");
        return html.ToString();
    }

    /// <summary>Bars begin at the next lower ten percent, which the axis says: differences of a point stay visible.</summary>
    private static string Chart(IReadOnlyList<ComparedRow> rows)
    {
        double from = Math.Floor(rows.Min(r => r.Accuracy) * 10 - 1e-9) / 10;
        int height = (rows.Count + 1) * BarHeight + 8;
        double scale = (ChartWidth - LabelWidth - 70) / Math.Max(1e-9, 1 - from);
        var svg = new StringBuilder();
        svg.AppendLine(CultureInfo.InvariantCulture,
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{ChartWidth}\" height=\"{height}\" font-family=\"system-ui,sans-serif\" font-size=\"13\">");
        for (int i = 0; i < rows.Count; i++)
        {
            int y = i * BarHeight + 4;
            double width = (rows[i].Accuracy - from) * scale;
            svg.AppendLine(CultureInfo.InvariantCulture, $"<text x=\"0\" y=\"{y + 14}\">{Escape(rows[i].Name)}</text>");
            svg.AppendLine(CultureInfo.InvariantCulture, $"<rect x=\"{LabelWidth}\" y=\"{y}\" width=\"{width:F1}\" height=\"{BarHeight - 6}\" fill=\"{(i == 0 ? "#999" : "#4477aa")}\"/>");
            svg.AppendLine(CultureInfo.InvariantCulture, $"<text x=\"{LabelWidth + width + 6:F1}\" y=\"{y + 14}\">{rows[i].Accuracy:P1}</text>");
        }

        svg.AppendLine(CultureInfo.InvariantCulture,
            $"<text x=\"{LabelWidth}\" y=\"{rows.Count * BarHeight + 20}\" fill=\"#666\">bars begin at {from:P0}</text></svg>");
        return svg.ToString();
    }

    private static string Escape(string text) => WebUtility.HtmlEncode(text);
}
