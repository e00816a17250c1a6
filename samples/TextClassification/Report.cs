using System.Globalization;
using Spectre.Console;

namespace TextClassification;

/// <summary>Everything the program prints besides progress and errors.</summary>
internal sealed class Report(IAnsiConsole console)
{
    /// <summary>More classes than this make a matrix that no terminal shows; then only the confused pairs are listed.</summary>
    private const int LargestMatrix = 20;

    public void Data(string role, string source, List<string> labels) =>
        Line($"{role,-9} {source}: {labels.Count} messages, {labels.Distinct().Count()} labels");

    public void Warning(string message) => console.MarkupLineInterpolated($"[yellow]warning:[/] {message}");

    public void Log(string message) => Line(message);

    public void Comparison(params Trained[] models)
    {
        Table table = new Table().Title("On the test messages").AddColumn("").Border(TableBorder.Rounded);
        foreach (Trained model in models)
            table.AddColumn(new TableColumn(Markup.Escape(model.Name)).RightAligned());
        AddRow("accuracy", m => Percent(m.Evaluation.Accuracy));
        AddRow("macro F1", m => Percent(m.Evaluation.MacroF1));
        AddRow("trained parameters", m => TrainedParameters(m).ToString("N0", CultureInfo.InvariantCulture));
        AddRow("seconds", m => m.Duration.TotalSeconds.ToString("F1", CultureInfo.InvariantCulture));
        console.WriteLine();
        console.Write(table);

        void AddRow(string name, Func<Trained, string> value) => table.AddRow([name, .. models.Select(value)]);
    }

    public void Confusion(Evaluation evaluation)
    {
        console.WriteLine();
        if (evaluation.Labels.Count <= LargestMatrix)
            console.Write(Matrix(evaluation));
        else
            console.Write(ConfusedPairs(evaluation));
    }

    public void Predictions(IEnumerable<Prediction> predictions)
    {
        console.WriteLine();
        Line("Predictions");
        foreach (Prediction prediction in predictions)
        {
            Line($"  {prediction.Text}");
            Line($"    {Best(prediction, 3)}");
        }
    }

    public void Saved(string path, TimeSpan elapsed) => Line(string.Create(CultureInfo.InvariantCulture,
        $"\nSaved {Path.GetFullPath(path)}: {new FileInfo(path).Length / 1024.0:F0} KiB, {elapsed.TotalSeconds:F1} seconds after the start"));

    public void SecondProcess(IEnumerable<Prediction> predictions, int processId, TimeSpan elapsed, double difference)
    {
        string verdict = difference == 0 ? "the same to the last bit" : string.Create(CultureInfo.InvariantCulture, $"largest difference of a score {difference:G2}");
        Line(string.Create(CultureInfo.InvariantCulture, $"\nPredictions from the file in a second process ({processId}, {elapsed.TotalSeconds:F1} seconds): {verdict}"));
        foreach (Prediction prediction in predictions)
            Line($"  {Best(prediction, 1)}");
    }

    public void Total(TimeSpan elapsed) => Line(string.Create(CultureInfo.InvariantCulture, $"\nDone in {elapsed.TotalSeconds:F1} seconds."));

    private static long TrainedParameters(Trained model) => IntentModel.FindClassifier(model.Model).TrainableParameters;

    private static Table Matrix(Evaluation evaluation)
    {
        Table table = new Table().Title("Confusion matrix of the LoRA model: a row is the true label, a column the predicted one").Border(TableBorder.Simple);
        table.AddColumn("");
        for (int i = 0; i < evaluation.Labels.Count; i++)
            table.AddColumn(new TableColumn($"{i + 1}").RightAligned().Padding(0, 0));
        table.AddColumn(new TableColumn("recall").RightAligned());
        for (int truth = 0; truth < evaluation.Labels.Count; truth++)
        {
            List<string> cells = [Markup.Escape($"{truth + 1,2} {evaluation.Labels[truth]}")];
            for (int predicted = 0; predicted < evaluation.Labels.Count; predicted++)
            {
                double count = evaluation.Counts[truth][predicted];
                string text = count == 0 ? "." : count.ToString("F0", CultureInfo.InvariantCulture);
                cells.Add(truth == predicted ? $"[green]{text}[/]" : count > 0 ? $"[red]{text}[/]" : $"[grey]{text}[/]");
            }

            cells.Add(evaluation.Recall(truth) is { } recall ? Percent(recall) : "-");
            table.AddRow([.. cells]);
        }

        return table;
    }

    private static Table ConfusedPairs(Evaluation evaluation)
    {
        Table table = new Table().Title($"Most frequent confusions among {evaluation.Labels.Count} labels").Border(TableBorder.Simple);
        table.AddColumn("true label").AddColumn("predicted as").AddColumn(new TableColumn("messages").RightAligned());
        var pairs = from truth in Enumerable.Range(0, evaluation.Labels.Count)
                    from predicted in Enumerable.Range(0, evaluation.Labels.Count)
                    where truth != predicted && evaluation.Counts[truth][predicted] > 0
                    orderby evaluation.Counts[truth][predicted] descending
                    select (truth, predicted);
        foreach ((int truth, int predicted) in pairs.Take(LargestMatrix))
        {
            table.AddRow(
                Markup.Escape(evaluation.Labels[truth]),
                Markup.Escape(evaluation.Labels[predicted]),
                evaluation.Counts[truth][predicted].ToString("F0", CultureInfo.InvariantCulture));
        }

        return table;
    }

    private static string Best(Prediction prediction, int count) =>
        string.Join(", ", prediction.Scores.Take(count).Select(s => $"{s.Label} {Percent(s.Score)}"));

    private static string Percent(double share) => share.ToString("P1", CultureInfo.InvariantCulture);

    /// <summary>Text as it is: no markup, and not folded at the width of a terminal when there is none.</summary>
    private void Line(string text)
    {
        if (console.Profile.Out.IsTerminal)
            console.WriteLine(text);
        else
            console.Profile.Out.Writer.WriteLine(text);
    }
}
