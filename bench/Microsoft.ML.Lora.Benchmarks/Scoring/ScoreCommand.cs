using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.Lora.Benchmarks.Measuring;
using Spectre.Console;

namespace Microsoft.ML.Lora.Benchmarks.Scoring;

/// <summary><c>score</c>: rows per second of <c>Transform</c>, latency of one prediction, many threads on one model.</summary>
internal static class ScoreCommand
{
    private const int Threads = 16;

    public static Command Create()
    {
        var rows = new Option<int>("--rows") { Description = "Short texts to score.", DefaultValueFactory = _ => 10_000 };
        var rounds = new Option<int>("--rounds") { Description = "Rounds; medians are reported.", DefaultValueFactory = _ => 3 };
        var baseModel = new Option<string?>("--base-model") { Description = "A BERT folder; default: the mini encoder." };
        var command = new Command("score", "Throughput and latency of scoring, each as a ratio to one row per forward pass.") { rows, rounds, baseModel };
        command.SetAction(parsed => Run(parsed.GetValue(rows), parsed.GetValue(rounds), parsed.GetValue(baseModel)));
        return command;
    }

    private static void Run(int rowCount, int rounds, string? baseModel)
    {
        Console.WriteLine(Machine.Describe());
        var ml = new MLContext(seed: 1);
        IDataView training = LabelledTexts.Load(ml, LabelledTexts.DefaultTraining);
        ITransformer model = LabelledTexts.Train(ml, training, baseModel, new LoraOptions(), new TrainingOptions { MaxEpochs = 1 });

        string[] messages = [.. training.GetColumn<string>("Text")];
        Input[] rows = [.. Enumerable.Range(0, rowCount).Select(i => new Input { Text = messages[i % messages.Length] })];
        Input[] some = rows[..Math.Min(rowCount, 500)];
        double words = some.Average(r => r.Text.Split(' ').Length);
        Console.WriteLine(Invariant($"Texts         {rowCount:N0} customer messages, {words:F1} words on average"));
        Console.WriteLine();

        // One row at a time cannot see all rows in reasonable time; its rate does not depend on how many there are.
        float[][] serial = [];
        float[][] threaded = [];
        var latencies = new Samples();
        IReadOnlyDictionary<string, Samples> times = Interleaved.Run(
            [
                ("transform", () => Score(ml, model, rows)),
                ("single", () => serial = OneByOne(ml, model, some, latencies)),
                ("threads", () => threaded = FromManyThreads(ml, model, some)),
            ],
            warmups: 1,
            rounds);

        double transform = rowCount / times["transform"].Median * 1000;
        double single = some.Length / times["single"].Median * 1000;
        double threads = some.Length / times["threads"].Median * 1000;
        Table table = new Table().AddColumn("").AddColumn(new TableColumn("rows/s").RightAligned()).AddColumn(new TableColumn("ratio").RightAligned());
        Add("one row per forward (PredictionEngine in a loop)", single);
        Add(Invariant($"Transform over {rowCount:N0} rows"), transform);
        Add(Invariant($"{Threads} threads, each its own PredictionEngine, one model"), threads);
        AnsiConsole.Write(table);
        Console.WriteLine(Invariant($"One text: p50 {latencies.Median:F2} ms, p99 {latencies.Quantile(0.99):F2} ms ({latencies.Count} predictions)"));
        Console.WriteLine(Invariant($"Largest difference of a score, {Threads} threads against serial: {LargestDifference(serial, threaded):G2}"));

        void Add(string name, double rate) => table.AddRow(
            Markup.Escape(name), rate.ToString("N0", CultureInfo.InvariantCulture), Invariant($"{rate / single:F1}"));
    }

    private static void Score(MLContext ml, ITransformer model, Input[] rows)
    {
        IDataView scored = model.Transform(ml.Data.LoadFromEnumerable(rows));
        int count = scored.GetColumn<float[]>("Score").Count();
        if (count != rows.Length)
            throw new InvalidOperationException($"{count} rows came back of {rows.Length}.");
    }

    private static float[][] OneByOne(MLContext ml, ITransformer model, Input[] rows, Samples latencies)
    {
        using PredictionEngine<Input, Output> engine = Engine(ml, model);
        float[][] scores = new float[rows.Length][];
        for (int i = 0; i < rows.Length; i++)
        {
            long start = Stopwatch.GetTimestamp();
            scores[i] = engine.Predict(rows[i]).Score;
            latencies.Add(Stopwatch.GetElapsedTime(start));
        }

        return scores;
    }

    private static float[][] FromManyThreads(MLContext ml, ITransformer model, Input[] rows)
    {
        float[][] scores = new float[rows.Length][];
        Thread[] threads = [.. Enumerable.Range(0, Threads).Select(t => new Thread(() =>
        {
            using PredictionEngine<Input, Output> engine = Engine(ml, model);
            for (int i = t; i < rows.Length; i += Threads)
                scores[i] = engine.Predict(rows[i]).Score;
        }))];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();
        return scores;
    }

    private static PredictionEngine<Input, Output> Engine(MLContext ml, ITransformer model) =>
        ml.Model.CreatePredictionEngine<Input, Output>(model, new PredictionEngineOptions { OwnsTransformer = false });

    private static double LargestDifference(float[][] a, float[][] b) =>
        a.Zip(b).SelectMany(p => p.First.Zip(p.Second, (x, y) => (double)Math.Abs(x - y))).DefaultIfEmpty().Max();

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);

    private sealed class Input
    {
        public string Label { get; set; } = "";

        public string Text { get; set; } = "";
    }

    private sealed class Output
    {
        public float[] Score { get; set; } = [];
    }
}
