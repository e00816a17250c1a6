using System.CommandLine;
using System.Globalization;
using Microsoft.ML.Lora.Benchmarks.Measuring;
using Microsoft.ML.Lora.Kernels;
using Microsoft.ML.Lora.Models;
using Microsoft.ML.Lora.Training;

namespace Microsoft.ML.Lora.Benchmarks.Training;

/// <summary>
/// <c>memory</c>: the peak of the product's training step at 16 x 128, anonymous and file-backed apart, with and without recomputing; and the
/// memory of a row of the training data, from a thousand rows to a million. Each in a process of its own.
/// </summary>
internal static class MemoryCommand
{
    private const int Steps = 3;

    /// <summary>
    /// glibc keeps freed blocks below a limit that it raises by itself, and so the holes between them; with a fixed limit what is free goes back to
    /// the system, and the peak is what is in use.
    /// </summary>
    private static readonly (string Name, string Value) _returnsMemory = ("MALLOC_MMAP_THRESHOLD_", "262144");

    private const double Megabyte = 1e6 / (1 << 20); // the figures are MiB

    public static Command Create()
    {
        var model = new Option<string>("--model") { Description = "bert-base or minilm.", DefaultValueFactory = _ => "bert-base" };
        model.AcceptOnlyFromAmong("bert-base", "minilm");
        var step = new Option<string?>("--step") { Description = "Only this, in this process: plain or recomputing.", Hidden = true };
        var rows = new Option<int?>("--rows") { Description = "Only this many rows, in this process.", Hidden = true };
        var command = new Command("memory", "Peak memory of a training step, and memory per row of the training data.") { model, step, rows };
        command.SetAction(parsed =>
        {
            string name = parsed.GetRequiredValue(model);
            if (parsed.GetValue(step) is { } which)
                MeasureStep(name == "minilm" ? ModelShape.MiniLm : ModelShape.BertBase, recompute: which == "recomputing");
            else if (parsed.GetValue(rows) is { } count)
                MeasureRows(count);
            else
                Run(name);
        });
        return command;
    }

    private static void Run(string model)
    {
        Console.WriteLine(Machine.Describe());
        Console.WriteLine();
        Console.WriteLine($"Training step, {model}, 16 x 128, MB (10^6 bytes):");
        foreach (string which in new[] { "plain", "recomputing" })
            Console.Write(ChildProcess.Run(["memory", "--model", model, "--step", which]));
        Console.WriteLine($"The same with {_returnsMemory.Name}={_returnsMemory.Value}:");
        foreach (string which in new[] { "plain", "recomputing" })
            Console.Write(ChildProcess.Run(["memory", "--model", model, "--step", which], _returnsMemory));
        Console.WriteLine();
        Console.WriteLine("Rows of 25 tokens on average, token ids in the cache file:");
        foreach (int rows in new[] { 1_000, 10_000, 100_000, 1_000_000 })
            Console.Write(ChildProcess.Run(["memory", "--rows", rows.ToString(CultureInfo.InvariantCulture)]));
    }

    private static void MeasureStep(ModelShape shape, bool recompute)
    {
        ComputeType type = ComputeTypes.Resolve(ComputeType.Auto);
        (IReadOnlyList<TokenizedRow> rows, int[] labels) = BatchShape.All[0].Create(shape);
        using var set = new TrainingSet(ModelShape.Classes);
        for (int i = 0; i < rows.Count; i++)
            set.Add(rows[i].Ids, [], labels[i]);
        ProcessMemory begin = ProcessMemory.Read();
        using var product = new ProductStep(shape, type, recompute);
        Collect(); // the numbers that the weights were made of are not the model's
        ProcessMemory loaded = ProcessMemory.Read();
        using PeakMemory peak = PeakMemory.Start();
        for (int i = 0; i < Steps; i++)
            product.Step(set, [.. Enumerable.Range(0, rows.Count)]);
        peak.Dispose();
        Console.WriteLine(FormattableString.Invariant(
            $"  {type}, {(recompute ? "recomputing" : "plain"),-12} peak {peak.Anonymous / Megabyte,6:N0} anonymous, {peak.FileBacked / Megabyte,4:N0} file-backed; before the first step {loaded.Anonymous / Megabyte:N0} anonymous, of which {(loaded.Anonymous - begin.Anonymous) / Megabyte:N0} the converted model"));
    }

    private static void Collect() => GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);

    private static void MeasureRows(int rows)
    {
        using (TrainingSet first = Fill(100)) // what the runtime makes once is no row's
            _ = BatchPlan.Epoch(first, new TrainingOptions(), 1, 0)[0];
        Collect();
        ProcessMemory before = ProcessMemory.Read();
        long managed = GC.GetTotalMemory(forceFullCollection: true);
        using TrainingSet set = Fill(rows);
        (TrainingSet train, _) = set.Split(0.1, 1);
        IReadOnlyList<int[]> batches = BatchPlan.Epoch(train, new TrainingOptions(), 1, 0);
        double perRow = (GC.GetTotalMemory(forceFullCollection: true) - managed) / (double)rows;
        Collect();
        ProcessMemory after = ProcessMemory.Read();
        Console.WriteLine(FormattableString.Invariant(
            $"  {rows,9:N0} rows: {perRow:F1} bytes a row with class, weight, a validation part and the order of an epoch; the process grew by {after.Anonymous - before.Anonymous:F1} MiB anonymous"));
        GC.KeepAlive(batches);
    }

    /// <summary>Rows of 10 to 40 tokens with weights, in 77 classes.</summary>
    private static TrainingSet Fill(int rows)
    {
        var set = new TrainingSet(77, new TokenCache(null, 0));
        int[] ids = new int[40];
        for (int i = 0; i < rows; i++)
        {
            Array.Fill(ids, i % 30_000);
            set.Add(ids.AsSpan(0, 10 + i % 31), [], i % 77, 1 + i % 3);
        }

        set.Complete();
        return set;
    }
}
