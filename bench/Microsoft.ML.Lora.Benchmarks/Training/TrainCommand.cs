using System.CommandLine;
using System.Globalization;
using Microsoft.ML.Lora.Benchmarks.Measuring;
using Microsoft.ML.Lora.Kernels;
using Microsoft.ML.Lora.Models;
using Microsoft.ML.Lora.Training;
using Spectre.Console;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Benchmarks.Training;

/// <summary>
/// <c>train</c>: the product's training step beside the dense reference and beside the bare matrix products, in turn, in one process.
/// </summary>
internal static class TrainCommand
{
    private const string Dense = "dense reference";
    private const string Product = "product";
    private const int ExtraWarmups = 3;
    private const string Bare = "bare products";
    private const string Optimizer = "gradient norm, clipping, AdamW";

    public static Command Create()
    {
        var model = new Option<string>("--model") { Description = "bert-base, minilm or both.", DefaultValueFactory = _ => "both" };
        model.AcceptOnlyFromAmong("bert-base", "minilm", "both");
        var batch = new Option<string>("--batch") { Description = "long (16 x 128), short (16 x 32), real (lengths as messages have them) or all.", DefaultValueFactory = _ => "all" };
        batch.AcceptOnlyFromAmong("long", "short", "real", "all");
        var rounds = new Option<int>("--rounds") { Description = "Steps of each; medians are reported.", DefaultValueFactory = _ => 5 };
        var only = new Option<string?>("--memory-of") { Description = "Only this one, for its peak memory: dense or product.", Hidden = true };
        var passive = new Option<bool>("--no-child-processes") { Description = "Leave out what needs its own process: passive OpenMP waiting, peak memory." };
        var alone = new Option<bool>("--without-reference") { Description = "Leave out the dense reference, which takes most of the time." };
        var busy = new Option<bool>("--one-thread") { Description = "One thread and its processor time, for a machine that other programs use too; ratios stay telling." };
        var command = new Command("train", "A training step with LoRA against stock operators and against the bare matrix products.") { model, batch, rounds, only, passive, alone, busy };
        command.SetAction(parsed =>
        {
            ModelShape[] shapes = parsed.GetValue(model) switch
            {
                "bert-base" => [ModelShape.BertBase],
                "minilm" => [ModelShape.MiniLm],
                _ => [ModelShape.BertBase, ModelShape.MiniLm],
            };
            if (parsed.GetValue(busy))
                set_num_threads(1);
            if (parsed.GetValue(only) is { } name)
                MeasureMemory(shapes[0], name);
            else
                Run(shapes, parsed.GetRequiredValue(batch), parsed.GetValue(rounds), reference: !parsed.GetValue(alone), parsed.GetValue(busy), childProcesses: !parsed.GetValue(passive) && !parsed.GetValue(busy));
        });
        return command;
    }

    private static void Run(ModelShape[] shapes, string batches, int rounds, bool reference, bool processorTime, bool childProcesses)
    {
        Console.WriteLine(Machine.Describe());
        Console.WriteLine(Invariant($"Bandwidth     {MemoryBandwidth.Measure():F1} GB/s read by all cores"));
        Console.WriteLine(Invariant($"Torch         {get_num_threads()} threads; bf16 {(ComputeTypes.CpuMultipliesBFloat16 ? "in hardware" : "without hardware support: left out")}"));
        Console.WriteLine(Invariant($"Adapters      rank {ModelShape.Rank} on {string.Join(" and ", ModelShape.Targets)}, dropout {ModelShape.Dropout}; a step is forward, backward, clipping, AdamW"));
        foreach (ModelShape shape in shapes)
        {
            foreach (BatchShape batch in BatchShape.All.Where(b => batches == "all" || b.Key == batches))
                Report(shape, batch, Measure(shape, batch, rounds, reference, processorTime));
            if (childProcesses)
                ReportMemory(shape);
        }

        if (childProcesses && Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is null)
        {
            Console.WriteLine();
            Console.WriteLine("The same with OMP_WAIT_POLICY=PASSIVE, in a process of its own:");
            string which = shapes.Length > 1 ? "both" : shapes[0] == ModelShape.BertBase ? "bert-base" : "minilm";
            Console.Write(ChildProcess.Run(
                ["train", "--model", which, "--batch", batches, "--rounds", rounds.ToString(CultureInfo.InvariantCulture), "--no-child-processes", .. reference ? (string[])[] : ["--without-reference"]],
                ("OMP_WAIT_POLICY", "PASSIVE")));
        }
    }

    private static IReadOnlyDictionary<string, Samples> Measure(ModelShape shape, BatchShape batch, int rounds, bool reference, bool processorTime)
    {
        (IReadOnlyList<TokenizedRow> rows, int[] labels) = batch.Create(shape);
        List<int[]> ids = [.. rows.Select(r => r.Ids)];
        (TrainingSet set, int[] order) = ToSet(rows, labels);
        List<IDisposable> owned = [];
        List<(string, Action)> contenders = [];
        foreach (ComputeType type in Types())
        {
            var product = new ProductStep(shape, type);
            var bare = new BareProducts(shape, type.ToScalarType(), batch.Tokens);
            var parts = new ProductParts(shape, type.ToScalarType(), batch.Lengths);
            owned.AddRange([product, bare, parts]);
            if (reference)
            {
                var dense = new DenseReference(shape, type.ToScalarType());
                owned.Add(dense);
                contenders.Add((Name(Dense, type), () => dense.Step(ids, labels)));
            }

            // The compiler improves code that runs again and again; what is timed is the code of a long training.
            for (int i = 0; i < ExtraWarmups; i++)
                product.Step(set, order);
            contenders.Add((Name(Product, type), () => product.Step(set, order)));
            contenders.Add((Name(Bare, type), bare.Step));
            contenders.Add((Name(Optimizer, type), product.Optimize));
            contenders.AddRange(parts.All.Select(part => (Name(part.Name, type), part.Action)));
        }

        try
        {
            return Interleaved.Run(contenders, warmups: 1, rounds, processorTime);
        }
        finally
        {
            owned.ForEach(o => o.Dispose());
        }
    }

    private static void Report(ModelShape shape, BatchShape batch, IReadOnlyDictionary<string, Samples> times)
    {
        Table table = new Table().Title(Invariant($"{shape.Name}, {batch.Name}: {batch.Tokens} tokens, {batch.Lengths.Count * batch.Longest} when padded"));
        table.AddColumn("").AddColumn(Right("ms, median")).AddColumn(Right("(least)")).AddColumn(Right("x bare products")).AddColumn(Right("x faster than dense fp32")).AddColumn(Right("GFLOP/s"));
        double dense = times.TryGetValue(Name(Dense, ComputeType.Float32), out Samples? slowest) ? slowest.Median : double.NaN;
        foreach (ComputeType type in Types())
        {
            double ceiling = times[Name(Bare, type)].Median;
            foreach (string what in new[] { Dense, Product, Bare })
            {
                if (!times.TryGetValue(Name(what, type), out Samples? sample))
                    continue;
                table.AddRow(
                    Name(what, type),
                    Number(sample.Median, "F1"),
                    Number(sample.Minimum, "F1"),
                    Number(sample.Median / ceiling, "F2"),
                    Number(dense / sample.Median, "F1"),
                    Number(shape.StepFlops(batch.Tokens) / sample.Median / 1e6, "F0"));
            }
        }

        Console.WriteLine();
        AnsiConsole.Write(table);
        if (!double.IsNaN(dense) && shape == ModelShape.BertBase && RecordedPython.Here is { } recorded)
            Console.WriteLine(recorded.Compare(batch.Key, dense));
        if (shape.ComputedShare(batch.Lengths.Count, batch.Tokens) is < 1 and var share)
            Console.WriteLine(Invariant($"The head reads first tokens only: the product computes {share:P1} of the bare products, the reference all of them."));
        AnsiConsole.Write(Operators(times, shape.ComputedShare(batch.Lengths.Count, batch.Tokens)));
    }

    /// <summary>Where the product's step spends its time; each operator was timed alone.</summary>
    private static Table Operators(IReadOnlyDictionary<string, Samples> times, double share)
    {
        Table table = new Table().Title("Where the product's step spends its time");
        table.AddColumn("operator, forward and backward");
        List<List<string>> rows = [];
        foreach (ComputeType type in Types())
        {
            table.AddColumn(Right($"ms, {Name(Product, type)}")).AddColumn(Right("share"));
            double step = Time(Product);
            List<(string Operator, double Time)> parts = [("products with base weights", share * Time(Bare)), .. ProductParts.Shares(Time), (Optimizer, Time(Optimizer))];
            parts.Add(("the rest: embeddings, pooling, head, loss, graph", step - parts.Sum(p => p.Time)));
            parts.Add(("step", step));
            for (int i = 0; i < parts.Count; i++)
            {
                if (rows.Count == i)
                    rows.Add([parts[i].Operator]);
                rows[i].AddRange([Number(parts[i].Time, "F1"), Number(parts[i].Time / step, "P0")]);
            }

            double Time(string what) => times[Name(what, type)].Median;
        }

        rows.ForEach(row => table.AddRow([.. row]));
        return table;
    }

    private static TableColumn Right(string name) => new TableColumn(name).RightAligned();

    private static string Number(double value, string format) => double.IsNaN(value) ? "-" : value.ToString(format, CultureInfo.InvariantCulture);

    /// <summary>Peaks belong to a process, so each has its own.</summary>
    private static void ReportMemory(ModelShape shape)
    {
        string which = shape == ModelShape.BertBase ? "bert-base" : "minilm";
        Console.WriteLine();
        Console.WriteLine($"{shape.Name}, 16 x 128, memory of a process that does nothing else (MiB):");
        foreach (string name in new[] { "dense", "product" })
            Console.Write(ChildProcess.Run(["train", "--model", which, "--memory-of", name]));
    }

    private static void MeasureMemory(ModelShape shape, string name)
    {
        (IReadOnlyList<TokenizedRow> rows, int[] labels) = BatchShape.All[0].Create(shape);
        ComputeType type = name == "dense" ? ComputeType.Float32 : ComputeTypes.Resolve(ComputeType.Auto);
        ProcessMemory before = ProcessMemory.Read();
        if (name == "dense")
        {
            using var dense = new DenseReference(shape, type.ToScalarType());
            for (int i = 0; i < 3; i++)
                dense.Step([.. rows.Select(r => r.Ids)], labels);
        }
        else
        {
            (TrainingSet set, int[] order) = ToSet(rows, labels);
            using var product = new ProductStep(shape, type);
            for (int i = 0; i < 3; i++)
                product.Step(set, order);
        }

        ProcessMemory after = ProcessMemory.Read();
        Console.WriteLine(Invariant(
            $"  {Name(name == "dense" ? Dense : Product, type),-24} peak {after.Peak:N0}, of which {before.FileBacked:N0} mapped libraries and files at the start"));
    }

    private static (TrainingSet Set, int[] Order) ToSet(IReadOnlyList<TokenizedRow> rows, int[] labels)
    {
        var set = new TrainingSet(ModelShape.Classes);
        for (int i = 0; i < rows.Count; i++)
            set.Add(rows[i].Ids, [], labels[i]);
        return (set, [.. Enumerable.Range(0, rows.Count)]);
    }

    private static IEnumerable<ComputeType> Types() =>
        ComputeTypes.CpuMultipliesBFloat16 ? [ComputeType.Float32, ComputeType.BFloat16] : [ComputeType.Float32];

    private static string Name(string what, ComputeType type) => $"{what}, {(type == ComputeType.Float32 ? "fp32" : "bf16")}";

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
