using System.Globalization;
using System.Text;

namespace Microsoft.ML.Lora.Comparing;

/// <summary>One page: what it says in a few facts, the table, the charts. No scripts, nothing from outside.</summary>
internal static class HtmlReport
{
    public static string Create(LoraComparisonResult result, string? remarks)
    {
        IReadOnlyList<LoraComparisonRow> rows = result.Rows;
        var html = new StringBuilder();
        html.AppendLine("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\">");
        html.AppendLine($"<title>{Svg.Escape(result.Title)}</title><style>{ReportStyle.Charts}{ReportStyle.Page}</style></head><body><main>");
        html.AppendLine($"<h1>{Svg.Escape(result.Title)}</h1><p class=\"soft\">{Svg.Escape(result.Data)}. {Svg.Escape(result.Recipe)}.</p>");
        html.AppendLine("<div class=\"facts\">").AppendJoin("", Facts(rows).Select(f => $"<div class=\"fact\"><b>{Svg.Escape(f.Value)}</b><span>{Svg.Escape(f.Meaning)}</span></div>")).AppendLine("</div>");
        html.AppendLine("<h2>Side by side</h2>").AppendLine(Table(rows));
        html.AppendLine("<h2>Charts</h2><div class=\"charts\">");
        foreach (Svg chart in (Svg[])[ComparisonCharts.Scores(rows), ComparisonCharts.Efficiency(rows), ComparisonCharts.Time(rows), ComparisonCharts.Memory(rows), ComparisonCharts.Size(rows), ComparisonCharts.Parameters(rows)])
            html.AppendLine($"<figure class=\"panel-figure\">{chart.Inline()}</figure>");
        html.AppendLine($"<figure class=\"whole panel-figure\">{ComparisonCharts.Reliability(rows).Inline()}"
            + "<figcaption>On the dashed diagonal a prediction of 80 % is right in 80 % of all cases. ECE is the expected calibration error over 15 bins: the mean distance from the "
            + "diagonal, weighted by rows. The temperature was fitted on validation rows; the diagrams and figures are of the test rows.</figcaption></figure></div>");
        html.AppendLine("<h2>How to read it</h2><p>All methods trained on the same rows for the same number of epochs; validation rows chose the epoch; the test rows were looked at once. "
            + "Where the base model already separates the classes, a head alone is as good as LoRA; where the task is another one, adapters add what the base does not have. "
            + "Full fine-tuning trains a float32 copy of all weights and makes a model as large as the base for each task.</p>");
        if (!string.IsNullOrWhiteSpace(remarks))
            html.AppendLine($"<h2>Machine</h2><pre>{Svg.Escape(remarks)}</pre>");
        return html.AppendLine("</main></body></html>").ToString();
    }

    private static IEnumerable<(string Value, string Meaning)> Facts(IReadOnlyList<LoraComparisonRow> rows)
    {
        LoraComparisonRow best = rows.MaxBy(r => r.Accuracy)!;
        yield return (ComparisonTable.Percent(best.Accuracy), $"best accuracy: {best.Method}");
        LoraComparisonRow? lora = rows.Where(r => r.Kind == LoraComparisonKind.Lora).MaxBy(r => r.Accuracy);
        LoraComparisonRow? frozen = rows.FirstOrDefault(r => r.Kind == LoraComparisonKind.Frozen);
        LoraComparisonRow? full = rows.FirstOrDefault(r => r.Kind == LoraComparisonKind.Full);
        if (lora is not null && frozen is not null)
            yield return (Points(lora.Accuracy - frozen.Accuracy), $"{lora.Method} against the frozen base with a head");
        if (lora is not null && full is not null)
        {
            yield return (Points(lora.Accuracy - full.Accuracy), $"{lora.Method} against full fine-tuning");
            yield return (string.Create(CultureInfo.InvariantCulture, $"{100.0 * lora.TrainableParameters / full.TrainableParameters:0.##} %"), $"of full fine-tuning's parameters are trained by {lora.Method}");
            yield return (string.Create(CultureInfo.InvariantCulture, $"{full.SavedBytes / lora.SavedBytes:0} ×"), $"smaller on disk than the fully tuned model: {ComparisonTable.Bytes(lora.SavedBytes)}");
        }
    }

    private static string Table(IReadOnlyList<LoraComparisonRow> rows)
    {
        var html = new StringBuilder("<div class=\"wide\"><table><thead><tr><th>Method</th>");
        html.AppendJoin("", ComparisonTable.Columns.Select(c => $"<th>{Svg.Escape(c.Name)}</th>")).AppendLine("</tr></thead><tbody>");
        foreach (LoraComparisonRow row in rows)
        {
            html.Append($"<tr><td><i class=\"dot {ComparisonCharts.Css(row)}\"></i>{Svg.Escape(row.Method)}</td>");
            foreach ((_, Func<LoraComparisonRow, double> value, Func<double, string> text, bool? lower) in ComparisonTable.Columns)
            {
                double own = value(row);
                bool isBest = lower is { } low && rows.Count > 1 && own == (low ? rows.Min(value) : rows.Max(value));
                html.Append($"<td{(isBest ? " class=\"best\"" : "")}>{Svg.Escape(text(own))}</td>");
            }

            html.AppendLine("</tr>");
        }

        return html.Append("</tbody></table></div>").ToString();
    }

    private static string Points(double difference) => string.Create(CultureInfo.InvariantCulture, $"{100 * difference:+0.00;−0.00;0.00} points");
}
