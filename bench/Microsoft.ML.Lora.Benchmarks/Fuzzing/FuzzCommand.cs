using System.CommandLine;
using Microsoft.ML.Lora.Benchmarks.Measuring;
using Microsoft.ML.Lora.Tests.Fuzzing;
using static System.FormattableString;

namespace Microsoft.ML.Lora.Benchmarks.Fuzzing;

/// <summary><c>fuzz</c>: damages real files and reads them. Seeded: the same files and seeds are the same inputs.</summary>
internal static class FuzzCommand
{
    private const string All = "all";
    private const int MostPrinted = 20;
    private const int MostCharacters = 3000;

    public static Command Create()
    {
        var seconds = new Option<int>("--seconds") { Description = "How long, in all.", DefaultValueFactory = _ => 60 };
        var format = new Option<string>("--format") { Description = "Which files.", DefaultValueFactory = _ => All };
        format.AcceptOnlyFromAmong([All, .. FuzzFormats.Names]);
        var seed = new Option<int>("--seed") { Description = "The first input's seed; the next has the next.", DefaultValueFactory = _ => 0 };
        var inputs = new Option<int?>("--inputs") { Description = "At most so many inputs of a format; without it, as many as there is time for." };
        var files = new Option<string>("--files")
        {
            Description = "A folder with real files of the formats safetensors, pickle and tokenizer below it.",
            DefaultValueFactory = _ => Environment.GetEnvironmentVariable("LORA_GOLDENS") is { Length: > 0 } root ? root : Path.Combine("test", "Microsoft.ML.Lora.Tests", "Goldens"),
        };
        var output = new Option<string>("--output") { Description = "Where inputs that show a fault are put.", DefaultValueFactory = _ => Path.Combine("artifacts", "fuzz") };
        var command = new Command("fuzz", "Damages real files and reads them; only documented exceptions may come out.") { seconds, format, seed, inputs, files, output };
        command.SetAction(parsed =>
        {
            string name = parsed.GetValue(format)!;
            IReadOnlyList<string> names = name == All ? FuzzFormats.Names : [name];
            TimeSpan each = TimeSpan.FromSeconds((double)parsed.GetValue(seconds) / names.Count);
            int faults = 0;
            foreach (string one in names)
            {
                if (Run(one, parsed.GetValue(files)!, parsed.GetValue(output)!, parsed.GetValue(seed), parsed.GetValue(inputs), each) is not { } found)
                    return 2;
                faults += found;
            }

            Console.WriteLine(Invariant($"{faults} faults; peak memory of the process {ProcessMemory.Read().Peak:F0} MiB"));
            return faults == 0 ? 0 : 1;
        });
        return command;
    }

    /// <returns>The number of faults; null where there is nothing to damage.</returns>
    private static int? Run(string name, string folder, string output, int seed, int? inputs, TimeSpan time)
    {
        FuzzFormat format;
        try
        {
            format = FuzzFormats.Create(name, folder);
        }
        catch (DirectoryNotFoundException e)
        {
            Console.Error.WriteLine($"error: {e.Message} Name a folder with --files.");
            return null;
        }

        using (format)
        {
            var fuzzer = new Fuzzer(format, output);
            fuzzer.Run(seed, inputs, time);
            Console.WriteLine(fuzzer);
            foreach (string fault in fuzzer.Faults.Take(MostPrinted))
                Console.Error.WriteLine(fault.Length <= MostCharacters ? fault : $"{fault.AsSpan(0, MostCharacters)} ...");
            if (fuzzer.IsTooShallow)
                Console.Error.WriteLine($"{name}: less than a third of the inputs got past the header.");
            return fuzzer.Faults.Count + (fuzzer.IsTooShallow ? 1 : 0);
        }
    }
}
