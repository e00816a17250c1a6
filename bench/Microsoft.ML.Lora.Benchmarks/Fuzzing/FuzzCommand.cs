using System.CommandLine;
using System.Diagnostics;
using Microsoft.ML.Lora.Tests.Fuzzing;
using static System.FormattableString;

namespace Microsoft.ML.Lora.Benchmarks.Fuzzing;

/// <summary><c>fuzz</c>: damages real files and reads them. Seeded: the same files and seeds are the same inputs.</summary>
internal static class FuzzCommand
{
    public static Command Create()
    {
        var seconds = new Option<int>("--seconds") { Description = "How long.", DefaultValueFactory = _ => 60 };
        var format = new Option<string>("--format") { Description = "Which files.", DefaultValueFactory = _ => "tokenizer" };
        format.AcceptOnlyFromAmong("tokenizer");
        var seed = new Option<int>("--seed") { Description = "The first seed.", DefaultValueFactory = _ => 0 };
        var files = new Option<string>("--files")
        {
            Description = "A folder with real files of the format (below it: *tokenizer.json).",
            DefaultValueFactory = _ => Path.Combine("test", "Microsoft.ML.Lora.Tests", "Goldens", "tokenizers", "small"),
        };
        var command = new Command("fuzz", "Damages real files and reads them; only documented exceptions may come out.") { seconds, format, seed, files };
        command.SetAction(parsed => Run(parsed.GetValue(seconds), parsed.GetValue(seed), parsed.GetValue(files)!));
        return command;
    }

    private static int Run(int seconds, int firstSeed, string folder)
    {
        if (!Directory.Exists(folder))
        {
            Console.Error.WriteLine($"error: there is no folder '{folder}'; name one with --files.");
            return 2;
        }

        string[] paths = [.. Directory.EnumerateFiles(folder, "*tokenizer.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        if (paths.Length == 0)
        {
            Console.Error.WriteLine($"error: no tokenizer.json below '{folder}'.");
            return 2;
        }

        byte[][] contents = [.. paths.Select(File.ReadAllBytes)];
        var fuzzer = new TokenizerFuzzer();
        long memory = 0;
        var watch = Stopwatch.StartNew();
        for (int seed = firstSeed; watch.Elapsed.TotalSeconds < seconds; seed++)
        {
            int file = (int)((uint)seed % (uint)paths.Length);
            long before = GC.GetAllocatedBytesForCurrentThread();
            fuzzer.Try(Path.GetFileName(paths[file]), contents[file], seed);
            memory = Math.Max(memory, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Console.WriteLine(Invariant($"{fuzzer.Tried:N0} inputs from {paths.Length} files, seeds from {firstSeed} on"));
        Console.WriteLine(Invariant($"{fuzzer.PastParser:N0} got past the JSON parser, {fuzzer.Loaded:N0} gave a tokenizer"));
        foreach ((string name, int count) in fuzzer.Exceptions)
            Console.WriteLine(Invariant($"{count,9:N0} {name}"));
        Console.WriteLine(Invariant($"Worst time {fuzzer.Worst.TotalSeconds:F2} s, most memory allocated for one input {memory / 1e6:F0} MB"));
        foreach (string fault in fuzzer.Faults.Take(20))
            Console.Error.WriteLine(fault);
        Console.WriteLine(Invariant($"{fuzzer.Faults.Count} faults"));
        return fuzzer.Faults.Count == 0 ? 0 : 1;
    }
}
