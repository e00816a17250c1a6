using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.Lora.Adapters;
using Microsoft.ML.Lora.Benchmarks.Measuring;
using Microsoft.ML.Lora.Estimators;
using Microsoft.ML.Lora.Models;
using Microsoft.ML.Lora.Text;
using Spectre.Console;
using TorchSharp;

namespace Microsoft.ML.Lora.Benchmarks.Scoring;

/// <summary>
/// <c>score</c>: rows per second of <c>Transform</c> against one row per forward pass, latency of one prediction, many threads on one model, many adapters on
/// one base, and a swap under load.
/// </summary>
internal static class ScoreCommand
{
    private const int Threads = 16;

    /// <summary>Rows that the slow loops score; their rate does not depend on how many there are.</summary>
    private const int PlainRows = 100;

    private const int PaddedTo = 128;

    public static Command Create()
    {
        var rows = new Option<int>("--rows") { Description = "Short texts to score.", DefaultValueFactory = _ => 10_000 };
        var rounds = new Option<int>("--rounds") { Description = "Rounds; medians are reported.", DefaultValueFactory = _ => 3 };
        var adapters = new Option<int>("--adapters") { Description = "Adapters on one base; 0 leaves that part out.", DefaultValueFactory = _ => 1000 };
        var threads = new Option<int>("--threads") { Description = "libtorch's threads a lane; there are as many lanes as fit on the cores.", DefaultValueFactory = _ => 1 };
        var baseModel = new Option<string?>("--base-model") { Description = "A BERT folder with mean pooling; default: the mini encoder." };
        var pool = new Option<ComputeType?>("--only-adapters") { Description = "The part with many adapters alone, in this process and this number format." };
        var command = new Command("score", "Throughput and latency of scoring against one row per forward pass; many adapters; swap under load.") { rows, rounds, adapters, threads, baseModel, pool };
        command.SetAction(parsed =>
        {
            torch.set_num_threads(parsed.GetValue(threads));
            if (parsed.GetValue(pool) is { } type)
                PoolMeasurement.Run(new MLContext(seed: 1), Base(parsed.GetValue(baseModel)), parsed.GetValue(adapters), Math.Min(1000, parsed.GetValue(rows)), type);
            else
                Run(parsed.GetValue(rows), parsed.GetValue(rounds), parsed.GetValue(adapters), parsed.GetValue(baseModel));
        });
        return command;
    }

    private static void Run(int rowCount, int rounds, int adapters, string? folder)
    {
        Console.WriteLine(Machine.Describe());
        var ml = new MLContext(seed: 1);
        BaseModel baseModel = Base(folder);
        IDataView training = LabelledTexts.Load(ml, LabelledTexts.DefaultTraining);
        ITransformer model = LabelledTexts.Train(ml, ml.Data.TakeRows(training, 320), folder, new LoraOptions(), new TrainingOptions { MaxEpochs = 1 });
        string[] messages = [.. training.GetColumn<string>("Text")];
        string[] texts = [.. Enumerable.Range(0, rowCount).Select(i => messages[i % messages.Length])];
        string[] some = texts[..Math.Min(rowCount, 400)];
        Console.WriteLine(Invariant($"Texts         {rowCount:N0} customer messages, {some.Average(t => t.Split(' ').Length):F1} words on average"));
        Console.WriteLine(Invariant($"Lanes         {ScoringLanes.Shared.Count}, each with {torch.get_num_threads()} of libtorch's threads"));
        Console.WriteLine();
        Throughput(ml, model, baseModel, texts, some, rounds);
        Console.WriteLine();
        SwapMeasurement.Run(ml, model, () =>
        {
            PredictionEngine<Input, Output> engine = Engine(ml, model);
            return text => _ = engine.Predict(new Input { Text = text });
        }, some);
        // Processes of their own: here the memory of the training above would be used again, and adapters would seem to cost nothing.
        foreach (ComputeType type in adapters == 0 ? [] : (ComputeType[])[ComputeType.Float32, ComputeType.Auto])
        {
            Console.Write(ChildProcess.Run(
                ["score", "--only-adapters", $"{type}", "--adapters", $"{adapters}", "--rows", $"{rowCount}", .. folder is null ? Array.Empty<string>() : ["--base-model", folder]]));
        }
    }

    private static BaseModel Base(string? folder) => folder is null ? BaseModel.MiniEncoder : BaseModel.FromDirectory(folder);

    private static void Throughput(MLContext ml, ITransformer model, BaseModel baseModel, string[] texts, string[] some, int rounds)
    {
        ClassifierState state = LabelledTexts.ClassifierOf(model).State;
        using BaseModelHandle handle = baseModel.Acquire(ComputeType.Float32);
        PeftAdapter file = PeftFormat.Read(state.AdapterConfig, state.AdapterWeights);
        using var classifier = new SequenceClassifier(handle.Model, new Pooling(state.Pooling, handle.Model), file.Bind(handle.Model, handle.Model.HiddenSize, out _), file.CreateHead(0, torch.CPU)!);
        var stock = new StockScorer(handle.Model, classifier);
        var encoder = new TextEncoder(HuggingFaceTokenizer.Load(baseModel.Directory), 128);

        // Lanes keep the number of threads they began with; the plain loop gets all cores, as libtorch does by itself.
        int threads = torch.get_num_threads();
        float[][] plain = [], serial = [], threaded = [];
        string[] shared = texts[..Math.Min(texts.Length, 2000)];
        var latencies = new Samples();
        using var lanes = new FedLanes(state, baseModel, [.. shared.Select(text => encoder.Encode(text)).Select(t => new TokenizedRow(t.Ids, t.TypeIds, 0))], Threads);
        IReadOnlyDictionary<string, Samples> times = Interleaved.Run(
            [
                ("transform", () => Score(ml, model, texts)),
                ("fed", lanes.Run),
                ("single", () => serial = OneByOne(ml, model, some, latencies)),
                ("threads", () => threaded = FromManyThreads(ml, model, shared)),
                ("plain", () => plain = PlainLoop(null)),
                ("padded", () => _ = PlainLoop(PaddedTo)),
            ],
            warmups: 1,
            rounds);

        double reference = plain.Length / times["plain"].Median * 1000, padded = plain.Length / times["padded"].Median * 1000;
        double single = some.Length / times["single"].Median * 1000;
        double transform = texts.Length / times["transform"].Median * 1000;
        double many = shared.Length / times["threads"].Median * 1000, fed = shared.Length / times["fed"].Median * 1000;
        (double products, double productsPerCpuSecond, double operations) = Products(model, baseModel, encoder, texts);
        Table table = new Table().AddColumn("");
        foreach (string name in (string[])["rows/s", "ratio", "rows per CPU second", "ratio"])
            table.AddColumn(new TableColumn(name).RightAligned());
        Add(Invariant($"plain TorchSharp, one row per forward, padded to {PaddedTo} tokens"), padded, PerCpuSecond("padded", plain.Length));
        Add("plain TorchSharp, one row per forward, not padded", reference, PerCpuSecond("plain", plain.Length));
        Add("this library, one row per forward: a PredictionEngine in a loop", single, PerCpuSecond("single", some.Length));
        Add(Invariant($"this library, Transform over {texts.Length:N0} rows"), transform, PerCpuSecond("transform", texts.Length));
        Add(Invariant($"this library, {Threads} threads, each a PredictionEngine on one model"), many, PerCpuSecond("threads", shared.Length));
        Add(Invariant($"the lanes alone, each handed {lanes.RowsPerBatch} rows again and again"), fed, PerCpuSecond("fed", shared.Length));
        Add("nothing but the matrix products of Transform's rows, in its number format: the ceiling", products, productsPerCpuSecond);
        AnsiConsole.Write(table);
        Console.WriteLine("Plain TorchSharp is what a user writes and what ML.NET's own text classifier does: float32, stock operators, adapters as trained, all cores. ML.NET does not pad a");
        Console.WriteLine("single row; tokenizers called with padding to the maximum do. 'Rows per CPU second' does not depend on how busy the machine is otherwise.");
        Console.WriteLine(Invariant($"Transform: {transform / reference:F1} x plain TorchSharp (goal 20), {transform / padded:F1} x with padding, {transform / single:F1} x this library's own row by row"));
        Console.WriteLine(Invariant($"  The products alone allow {products / reference:F1} x: they reach {products * operations / 1e9:F0} GFLOP/s here, and 20 x plain TorchSharp would need {20 * reference * operations / 1e9:F0}. Transform stands at {transform / products:F2} of them."));
        int laneCount = ScoringLanes.Shared.Count;
        Console.WriteLine(Invariant($"{Threads} threads reach {many / single / laneCount:F2} x what {laneCount} lanes give that serve a row each, {laneCount} x {single:N0} rows/s (goal 1); {many / fed:F2} of the lanes' rate when they are handed"));
        Console.WriteLine(Invariant($"  as many rows again and again, and {many / transform:F2} of Transform's: {Threads} callers have {Threads} rows at a time, and a forward pass reads all weights for them; Transform reads them once for some eighty rows."));
        Console.WriteLine(Invariant($"One text: p50 {latencies.Median:F2} ms, p99 {latencies.Quantile(0.99):F2} ms ({latencies.Count} predictions)"));
        Console.WriteLine(Invariant($"Largest difference of a score: {Threads} threads against serial {LargestDifference(serial, threaded):G2}; plain float32 against this library {LargestDifference(plain, serial):G2}"));

        Console.WriteLine();
        LengthMeasurement.Run(
            texts, text => encoder.Encode(text).Ids.Length, cut => Score(ml, model, cut), cut => OnAllCores(() => cut.Select(text => Plain(encoder, stock, text, state.Temperature, null)).ToArray()), PlainRows, rounds);

        void Add(string name, double rate, double perCpuSecond) => table.AddRow(
            Markup.Escape(name), rate.ToString("N0", CultureInfo.InvariantCulture), Invariant($"{rate / reference:F1}"),
            perCpuSecond.ToString("N0", CultureInfo.InvariantCulture), Invariant($"{perCpuSecond / PerCpuSecond("plain", plain.Length):F1}"));

        double PerCpuSecond(string key, int rows) => rows / times[key].ProcessorMilliseconds.Average() * 1000;

        float[][] PlainLoop(int? padTo) =>
            OnAllCores(() => some.Take(PlainRows).Select(text => Plain(encoder, stock, text, state.Temperature, padTo)).ToArray());

        float[][] OnAllCores(Func<float[][]> loop)
        {
            torch.set_num_threads(Environment.ProcessorCount);
            float[][] scores = loop();
            torch.set_num_threads(threads);
            return scores;
        }
    }

    private static float[] Plain(TextEncoder encoder, StockScorer stock, string text, double temperature, int? padTo)
    {
        TokenizedText tokens = encoder.Encode(text);
        return Softmax.Of(stock.Score(new TokenizedRow(tokens.Ids, tokens.TypeIds, 0), padTo), temperature);
    }

    /// <summary>Rows per second of the base's products and nothing else, in batches as the lanes make them, on as many threads: the ceiling.</summary>
    private static (double Rate, double PerCpuSecond, double OperationsPerRow) Products(ITransformer model, BaseModel baseModel, TextEncoder encoder, string[] texts)
    {
        using BaseModelHandle handle = baseModel.Acquire(LabelledTexts.ClassifierOf(model).State.Settings.ComputeType);
        const int Tokens = 1536;
        double tokensPerRow = texts.Take(1000).Average(text => encoder.Encode(text).Ids.Length);
        int batches = (int)Math.Min(40, Math.Ceiling(texts.Length * tokensPerRow / Tokens));
        (TimeSpan best, TimeSpan used) = (TimeSpan.MaxValue, TimeSpan.MaxValue);
        for (int round = 0; round < 3; round++)
        {
            (long start, TimeSpan before) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
            int next = -1;
            Thread[] threads = [.. Enumerable.Range(0, ScoringLanes.Shared.Count).Select(_ => new Thread(() =>
            {
                using IDisposable noGradient = torch.no_grad();
                while (Interlocked.Increment(ref next) < batches)
                {
                    foreach (LinearSlot slot in Slots())
                    {
                        using torch.Tensor x = torch.zeros(Tokens, slot.InFeatures, slot.Weight.dtype);
                        using torch.Tensor y = torch.nn.functional.linear(x, slot.Weight, slot.Bias);
                    }
                }
            }))];
            foreach (Thread thread in threads)
                thread.Start();
            foreach (Thread thread in threads)
                thread.Join();
            (TimeSpan time, TimeSpan cpu) = (Stopwatch.GetElapsedTime(start), Environment.CpuUsage.TotalTime - before);
            best = time < best ? time : best;
            used = cpu < used ? cpu : used;
        }

        double rows = batches * Tokens / tokensPerRow;
        return (rows / best.TotalSeconds, rows / used.TotalSeconds, tokensPerRow * Slots().Sum(slot => 2.0 * slot.InFeatures * slot.OutFeatures));

        IEnumerable<LinearSlot> Slots() => handle.Model.Slots.Where(slot => !ReferenceEquals(slot, handle.Model.Pooler));
    }

    private static void Score(MLContext ml, ITransformer model, string[] texts)
    {
        IDataView scored = model.Transform(ml.Data.LoadFromEnumerable(texts.Select(text => new Input { Text = text })));
        int count = scored.GetColumn<float[]>("Score").Count();
        if (count != texts.Length)
            throw new InvalidOperationException($"{count} rows came back of {texts.Length}.");
    }

    private static float[][] OneByOne(MLContext ml, ITransformer model, string[] texts, Samples latencies)
    {
        using PredictionEngine<Input, Output> engine = Engine(ml, model);
        float[][] scores = new float[texts.Length][];
        for (int i = 0; i < texts.Length; i++)
        {
            long start = Stopwatch.GetTimestamp();
            scores[i] = engine.Predict(new Input { Text = texts[i] }).Score;
            latencies.Add(Stopwatch.GetElapsedTime(start));
        }

        return scores;
    }

    private static float[][] FromManyThreads(MLContext ml, ITransformer model, string[] texts)
    {
        float[][] scores = new float[texts.Length][];
        Thread[] threads = [.. Enumerable.Range(0, Threads).Select(t => new Thread(() =>
        {
            using PredictionEngine<Input, Output> engine = Engine(ml, model);
            for (int i = t; i < texts.Length; i += Threads)
                scores[i] = engine.Predict(new Input { Text = texts[i] }).Score;
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
