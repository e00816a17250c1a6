using System.Globalization;

namespace Microsoft.ML.Lora.Comparing;

/// <summary>The pictures of a report.</summary>
internal static class ComparisonCharts
{
    private const double Left = 150;
    private const double Row = 28;

    /// <summary>Accuracy and macro F1 of each method: dots, because the axis does not begin at 0.</summary>
    public static Svg Scores(IReadOnlyList<LoraComparisonRow> rows)
    {
        const double Width = 500, Top = 46, Right = 66;
        double bottom = Top + rows.Count * Row;
        var svg = new Svg(Width, bottom + 44, "Accuracy and macro F1 of each method");
        svg.Text(0, 14, "Accuracy and macro F1 on the test rows", "head");
        svg.Circle(6, 30, 5, "lora");
        svg.Text(16, 34, "accuracy", "small");
        svg.Circle(84, 30, 4, "ring-lora");
        svg.Text(94, 34, "macro F1", "small");
        if (rows.Any(r => r.Runs.Count > 1))
            svg.Text(164, 34, "line: lowest to highest seed", "small");
        double[] all = [.. rows.SelectMany(r => new[] { r.LowestAccuracy, r.HighestAccuracy, r.MacroF1 })];
        double[] ticks = Ticks.Linear(100 * all.Min(), 100 * all.Max(), 5);
        double X(double share) => Left + (100 * share - ticks[0]) / (ticks[^1] - ticks[0]) * (Width - Left - Right);
        foreach (double tick in ticks)
        {
            svg.Line(X(tick / 100), Top, X(tick / 100), bottom, "grid");
            svg.Text(X(tick / 100), bottom + 16, Number(tick), "small", "middle");
        }

        svg.Text((Left + Width - Right) / 2, bottom + 34, "percent; the axis does not begin at 0", "small", "middle");
        for (int i = 0; i < rows.Count; i++)
        {
            LoraComparisonRow row = rows[i];
            double y = Top + (i + 0.5) * Row;
            svg.Text(0, y + 4, row.Method);
            svg.Line(X(ticks[0] / 100), y, X(Math.Max(row.Accuracy, row.MacroF1)), y, "stem");
            if (row.Runs.Count > 1)
                svg.Line(X(row.LowestAccuracy), y, X(row.HighestAccuracy), y, $"line-{Css(row)}");
            svg.Circle(X(row.MacroF1), y, 4, $"ring-{Css(row)}", $"macro F1 {ComparisonTable.Percent(row.MacroF1)}");
            svg.Circle(X(row.Accuracy), y, 5, Css(row), $"accuracy {ComparisonTable.Percent(row.Accuracy)}");
            svg.Text(Width, y + 4, ComparisonTable.Percent(row.Accuracy), "strong", "end");
        }

        return svg;
    }

    /// <summary>What each trained parameter buys: accuracy over the number of trained parameters, which is logarithmic.</summary>
    public static Svg Efficiency(IReadOnlyList<LoraComparisonRow> rows)
    {
        const double Width = 500, Height = 286, X0 = 54, Y0 = 30, X1 = Width - 14, Y1 = Height - 44;
        var svg = new Svg(Width, Height, "Accuracy over trained parameters");
        svg.Text(0, 14, "Accuracy over trained parameters", "head");
        double least = rows.Min(r => (double)r.TrainableParameters) / 2, most = rows.Max(r => (double)r.TrainableParameters) * 2;
        double[] ticks = Ticks.Linear(100 * rows.Min(r => r.Accuracy), 100 * rows.Max(r => r.Accuracy), 5);
        double X(double parameters) => X0 + (Math.Log10(parameters / least) / Math.Log10(most / least) * (X1 - X0));
        double Y(double share) => Y1 - ((100 * share - ticks[0]) / (ticks[^1] - ticks[0]) * (Y1 - Y0));
        foreach (double tick in ticks)
        {
            svg.Line(X0, Y(tick / 100), X1, Y(tick / 100), "grid");
            svg.Text(X0 - 8, Y(tick / 100) + 4, Number(tick), "small", "end");
        }

        foreach (double power in Ticks.Powers(least, most))
        {
            svg.Line(X(power), Y0, X(power), Y1, "grid");
            svg.Text(X(power), Y1 + 16, Power(power), "small", "middle");
        }

        svg.Text((X0 + X1) / 2, Height - 8, "trained parameters, head included (logarithmic)", "small", "middle");
        svg.TextUp(12, (Y0 + Y1) / 2, "accuracy, percent", "small");
        svg.Path(rows.Where(r => r.Kind == LoraComparisonKind.Lora).Select(r => (X(r.TrainableParameters), Y(r.Accuracy))), "line-lora");
        double room = 0;
        foreach (LoraComparisonRow row in rows.OrderBy(r => r.TrainableParameters))
        {
            (double x, double y) = (X(row.TrainableParameters), Y(row.Accuracy));
            svg.Circle(x, y, 5, Css(row), $"{row.Method}: {row.TrainableParameters.ToString("N0", CultureInfo.InvariantCulture)} parameters, {ComparisonTable.Percent(row.Accuracy)}");
            // Names above and below in turn, so that neighbours do not cover each other.
            bool above = x - room > 60 || y > Y1 - 24 || (int)(y / 7) % 2 == 0;
            string anchor = x > X1 - 60 ? "end" : x < X0 + 40 ? "start" : "middle";
            svg.Text(x + (anchor == "end" ? 6 : anchor == "start" ? -6 : 0), y + (above && y > Y0 + 14 ? -10 : 19), Short(row), "small", anchor);
            room = x;
        }

        return svg;
    }

    /// <summary>What it costs: bars from 0.</summary>
    public static Svg Cost(IReadOnlyList<LoraComparisonRow> rows, string title, Func<LoraComparisonRow, double> value, Func<double, string> text)
    {
        const double Width = 500, Top = 28, Right = 84;
        double bottom = Top + rows.Count * Row;
        var svg = new Svg(Width, bottom + 8, title);
        svg.Text(0, 14, title, "head");
        double most = Math.Max(rows.Max(value), double.Epsilon);
        svg.Line(Left, Top, Left, bottom, "axis");
        for (int i = 0; i < rows.Count; i++)
        {
            double y = Top + i * Row;
            svg.Text(0, y + Row / 2 + 4, rows[i].Method);
            double length = value(rows[i]) / most * (Width - Left - Right);
            svg.Rect(Left, y + 6, Math.Max(length, 1.5), Row - 12, Css(rows[i]), 2);
            svg.Text(Left + length + 8, y + Row / 2 + 4, text(value(rows[i])), "strong");
        }

        return svg;
    }

    /// <summary>How sure the model is against how often it is right: one square a method, before and after calibration.</summary>
    public static Svg Reliability(IReadOnlyList<LoraComparisonRow> rows)
    {
        const double Side = 214, Gap = 38, Top = 68, Step = Side + 66;
        int columns = Math.Min(4, rows.Count), lines = (rows.Count + columns - 1) / columns;
        double width = Math.Max(500, columns * (Side + Gap) + 30);
        var svg = new Svg(width, Top + lines * Step + 6, "Reliability diagrams");
        svg.Text(0, 14, "Calibration: how often a prediction of a given probability is right", "head");
        svg.Line(0, 32, 22, 32, "before");
        svg.Text(28, 36, "before", "small");
        svg.Line(84, 32, 106, 32, "line-lora");
        svg.Text(112, 36, "after temperature scaling on validation rows", "small");
        for (int i = 0; i < rows.Count; i++)
        {
            LoraComparisonRow row = rows[i];
            double x = 30 + i % columns * (Side + Gap), y = Top + i / columns * Step;
            svg.Rect(x, y, Side, Side, "paper");
            for (int tick = 0; tick <= 4; tick++)
            {
                double at = tick / 4.0;
                svg.Line(x + at * Side, y, x + at * Side, y + Side, "grid");
                svg.Line(x, y + at * Side, x + Side, y + at * Side, "grid");
                if (tick % 2 == 0)
                {
                    svg.Text(x + at * Side, y + Side + 13, Number(100 * at), "small", "middle");
                    svg.Text(x - 5, y + Side - at * Side + 4, Number(100 * at), "small", "end");
                }
            }

            svg.Line(x, y + Side, x + Side, y, "diagonal");
            Draw(row.Runs.Select(r => r.ReliabilityBefore), "before", "before-dot");
            Draw(row.Runs.Select(r => r.ReliabilityAfter), $"line-{Css(row)}", Css(row));
            svg.Text(x, y - 6, row.Method, "strong");
            svg.Text(x, y + Side + 29, string.Create(CultureInfo.InvariantCulture, $"ECE {100 * row.CalibrationErrorBefore:F1} % → {100 * row.CalibrationErrorAfter:F1} %"), "small");

            void Draw(IEnumerable<IReadOnlyList<ReliabilityBin>> runs, string line, string dot)
            {
                ReliabilityBin[] bins = Sum(runs);
                long most = Math.Max(1, bins.Max(b => b.Count)), few = Math.Max(5, bins.Sum(b => b.Count) / 200);
                (double X, double Y, ReliabilityBin Bin)[] points =
                    [.. bins.Where(b => b.Count > 0).Select(b => (x + b.Confidence * Side, y + Side - b.Accuracy * Side, b))];
                // A line through bins of a row or two would show chance.
                svg.Path(points.Where(p => p.Bin.Count >= few).Select(p => (p.X, p.Y)), line);
                foreach ((double px, double py, ReliabilityBin bin) in points)
                {
                    svg.Circle(px, py, 1.5 + 4 * Math.Sqrt((double)bin.Count / most), bin.Count >= few ? dot : dot + " faint", string.Create(CultureInfo.InvariantCulture,
                        $"{bin.Count:N0} predictions of {100 * bin.Confidence:F1} % on average, {100 * bin.Accuracy:F1} % of them right"));
                }
            }
        }

        svg.Text(30, svg.Height - 2, "across: probability of the predicted class, percent; up: right predictions, percent; larger dots: more rows", "small");
        return svg;
    }

    /// <summary>All of them in one picture.</summary>
    public static string Overview(LoraComparisonResult result)
    {
        const double Margin = 28, Gap = 40;
        IReadOnlyList<LoraComparisonRow> rows = result.Rows;
        (Svg Left, Svg Right)[] pairs = [(Scores(rows), Efficiency(rows)), (Time(rows), Memory(rows)), (Size(rows), Parameters(rows))];
        Svg reliability = Reliability(rows);
        double width = Math.Max(pairs[0].Left.Width + Gap + pairs[0].Right.Width, reliability.Width) + 2 * Margin;
        double height = Margin + 56 + pairs.Sum(p => Math.Max(p.Left.Height, p.Right.Height) + Gap) + reliability.Height + Margin;
        var svg = new Svg(width, height, result.Title);
        svg.Text(Margin, Margin + 14, result.Title, "title");
        svg.Text(Margin, Margin + 36, $"{result.Data}. {result.Recipe}.", "soft");
        double y = Margin + 62;
        foreach ((Svg left, Svg right) in pairs)
        {
            svg.Inset(Margin, y, left);
            svg.Inset(Margin + left.Width + Gap, y, right);
            y += Math.Max(left.Height, right.Height) + Gap;
        }

        svg.Inset(Margin, y, reliability);
        return svg.Standalone();
    }

    public static Svg Time(IReadOnlyList<LoraComparisonRow> rows) => Cost(rows, "Training time", r => r.Seconds, ComparisonTable.Time);

    public static Svg Memory(IReadOnlyList<LoraComparisonRow> rows) => Cost(rows, "Peak memory of the process", r => r.PeakBytes, ComparisonTable.Bytes);

    public static Svg Size(IReadOnlyList<LoraComparisonRow> rows) => Cost(rows, "Size of the saved model", r => r.SavedBytes, ComparisonTable.Bytes);

    public static Svg Parameters(IReadOnlyList<LoraComparisonRow> rows) =>
        Cost(rows, "Trained parameters", r => r.TrainableParameters, x => x.ToString("N0", CultureInfo.InvariantCulture));

    /// <summary>The class of a method's colour.</summary>
    public static string Css(LoraComparisonRow row) => row.Kind switch
    {
        LoraComparisonKind.Frozen => "frozen",
        LoraComparisonKind.Full => "full",
        _ => "lora",
    };

    private static ReliabilityBin[] Sum(IEnumerable<IReadOnlyList<ReliabilityBin>> runs)
    {
        IReadOnlyList<ReliabilityBin>[] all = [.. runs];
        return [.. Enumerable.Range(0, all[0].Count).Select(i => new ReliabilityBin(
            all.Sum(bins => bins[i].Count), all.Sum(bins => bins[i].Right), all.Sum(bins => bins[i].ConfidenceSum)))];
    }

    private static string Short(LoraComparisonRow row) => row.Kind switch
    {
        LoraComparisonKind.Frozen => "head only",
        LoraComparisonKind.Full => "full",
        _ => row.Method.Replace("LoRA, rank ", "r ", StringComparison.Ordinal),
    };

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    private static string Power(double value) => value >= 1e6 ? $"{Number(value / 1e6)} M" : value >= 1e3 ? $"{Number(value / 1e3)} k" : Number(value);
}
