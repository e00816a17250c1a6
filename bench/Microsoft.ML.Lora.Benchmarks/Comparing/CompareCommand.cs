using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.ML.Data;
using Microsoft.ML.Lora.Benchmarks.Measuring;
using Spectre.Console;

namespace Microsoft.ML.Lora.Benchmarks.Comparing;

/// <summary>
/// <c>compare</c>: the frozen base with a head, and LoRA of several ranks, on one data set. Each run has a process of its own, so that
/// peak memory is its own as well.
/// </summary>
internal static class CompareCommand
{
    public static Command Create()
    {
        var data = new Option<string>("--data") { Description = "Training file (TSV with header Label, Text); default: the sample's.", DefaultValueFactory = _ => LabelledTexts.DefaultTraining };
        var test = new Option<string>("--test") { Description = "Test file.", DefaultValueFactory = _ => LabelledTexts.DefaultTest };
        var baseModel = new Option<string?>("--base-model") { Description = "A BERT folder; default: the mini encoder." };
        var epochs = new Option<int>("--epochs") { Description = "Passes over the training data.", DefaultValueFactory = _ => 8 };
        var seeds = new Option<int>("--seeds") { Description = "Seeds; the table shows means.", DefaultValueFactory = _ => 1 };
        var html = new Option<string>("--html") { Description = "Where the report goes.", DefaultValueFactory = _ => "compare.html" };
        var only = new Option<int?>("--rank") { Description = "One rank only (0: the head alone), printed as JSON.", Hidden = true };
        var seed = new Option<int>("--seed") { Hidden = true, DefaultValueFactory = _ => 1 };
        var command = new Command("compare", "Accuracy, size, memory and time of a head alone and of LoRA with ranks 1 to 64.")
        {
            data, test, baseModel, epochs, seeds, html, only, seed,
        };
        command.SetAction(parsed =>
        {
            var settings = new CompareSettings(
                parsed.GetRequiredValue(data), parsed.GetRequiredValue(test), parsed.GetValue(baseModel), parsed.GetValue(epochs));
            if (parsed.GetValue(only) is { } rank)
                Console.WriteLine(JsonSerializer.Serialize(RunOne(settings, new ComparedMethod(rank), parsed.GetValue(seed))));
            else
                RunAll(settings, parsed.GetValue(seeds), parsed.GetRequiredValue(html));
        });
        return command;
    }

    private static void RunAll(CompareSettings settings, int seeds, string htmlPath)
    {
        Console.WriteLine(Machine.Describe());
        Console.WriteLine($"Data          {settings.Data}, test {settings.Test}, {settings.Epochs} epochs, {seeds} seed(s)");
        List<ComparedRun> runs = [];
        for (int seed = 1; seed <= seeds; seed++)
        {
            foreach (ComparedMethod method in ComparedMethod.All)
            {
                ComparedRun run = InChildProcess(settings, method, seed);
                Console.WriteLine(FormattableString.Invariant($"{method.Name,-24} seed {seed}  accuracy {run.Accuracy:P2}  {run.Seconds:F1} s"));
                runs.Add(run);
            }
        }

        ComparedRow[] rows = [.. ComparedMethod.All.Select(m => ComparedRow.Mean(m, [.. runs.Where(r => r.Rank == m.Rank)]))];
        AnsiConsole.Write(ConsoleTable(rows));
        File.WriteAllText(htmlPath, HtmlReport.Create(settings, seeds, Machine.Describe(), rows));
        Console.WriteLine($"Report: {Path.GetFullPath(htmlPath)}");
    }

    private static ComparedRun RunOne(CompareSettings settings, ComparedMethod method, int seed)
    {
        var ml = new MLContext(seed);
        IDataView train = LabelledTexts.Load(ml, settings.Data);
        long start = Stopwatch.GetTimestamp();
        ITransformer model = LabelledTexts.Train(ml, train, settings.BaseModel, method.Lora,
            new TrainingOptions { MaxEpochs = settings.Epochs, LearningRate = method.LearningRate });
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        ProcessMemory memory = ProcessMemory.Read();

        IDataView scored = model.Transform(LabelledTexts.Load(ml, settings.Test));
        IReadOnlyList<IReadOnlyList<double>> counts = ml.MulticlassClassification.Evaluate(scored).ConfusionMatrix.Counts;
        string zip = Path.GetTempFileName();
        try
        {
            ml.Model.SaveAtomic(model, train.Schema, zip);
            return new ComparedRun(
                method.Rank, seed, Accuracy(counts), MacroF1(counts), LabelledTexts.ClassifierOf(model).TrainableParameters, seconds,
                memory.Peak, memory.Anonymous, new FileInfo(zip).Length / 1024.0);
        }
        finally
        {
            File.Delete(zip);
        }
    }

    private static ComparedRun InChildProcess(CompareSettings settings, ComparedMethod method, int seed)
    {
        string[] arguments =
        [
            "compare", "--data", settings.Data, "--test", settings.Test, "--epochs", Text(settings.Epochs), "--rank", Text(method.Rank), "--seed", Text(seed),
            .. settings.BaseModel is null ? Array.Empty<string>() : ["--base-model", settings.BaseModel],
        ];
        string output = ChildProcess.Run(arguments);
        return JsonSerializer.Deserialize<ComparedRun>(output) ?? throw new InvalidOperationException("The child process printed nothing.");

        static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
    }

    private static double Accuracy(IReadOnlyList<IReadOnlyList<double>> counts) =>
        counts.Select((row, i) => row[i]).Sum() / counts.Sum(row => row.Sum());

    /// <summary>Over the classes that occur or are predicted.</summary>
    private static double MacroF1(IReadOnlyList<IReadOnlyList<double>> counts) => Enumerable.Range(0, counts.Count)
        .Select(i => (Hits: counts[i][i], Total: counts[i].Sum() + counts.Sum(row => row[i])))
        .Where(c => c.Total > 0)
        .Average(c => 2 * c.Hits / c.Total);

    private static Table ConsoleTable(IEnumerable<ComparedRow> rows)
    {
        Table table = new Table().AddColumn("");
        foreach (string name in ComparedRow.Headers)
            table.AddColumn(new TableColumn(name).RightAligned());
        foreach (ComparedRow row in rows)
            table.AddRow([Markup.Escape(row.Name), .. row.Cells]);
        return table;
    }
}
