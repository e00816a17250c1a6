using System.CommandLine;
using System.Text;
using Microsoft.ML.Lora.Benchmarks;
using Microsoft.ML.Lora.Benchmarks.Comparing;
using Microsoft.ML.Lora.Benchmarks.Fuzzing;
using Microsoft.ML.Lora.Benchmarks.Scoring;
using Microsoft.ML.Lora.Benchmarks.Tokenizing;
using Microsoft.ML.Lora.Benchmarks.Training;
using Spectre.Console;
using TorchSharp;

Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

// A file or a pipe gets plain text, wide enough for the tables.
if (Console.IsOutputRedirected)
{
    AnsiConsole.Profile.Width = 160;
    AnsiConsole.Profile.Capabilities.Ansi = false;
    AnsiConsole.Profile.Capabilities.ColorSystem = ColorSystem.NoColors;
}

// A benchmark owns its process. libtorch counts the cores of virtual machines wrongly and would use one.
if (Environment.GetEnvironmentVariable("OMP_NUM_THREADS") is null)
    torch.set_num_threads(Environment.ProcessorCount);

// One command per file; each is a program of its own with a fixed seed.
var root = new RootCommand("Benchmarks. Every number is measured in the run that prints it; ratios compare numbers of one run.")
{
    MachineCommand.Create(),
    AccuracyCommand.Create(),
    TrainCommand.Create(),
    AttentionCommand.Create(),
    MemoryCommand.Create(),
    ScoreCommand.Create(),
    CompareCommand.Create(),
    TokenizeCommand.Create(),
    TokenizeCommand.CreateChild(),
    FuzzCommand.Create(),
    KillCommand.Create(),
    KillCommand.CreateChild(),
};
ParseResult parsed = root.Parse(args);
if (parsed.Errors.Count > 0)
{
    foreach (var problem in parsed.Errors)
        Console.Error.WriteLine($"error: {problem.Message}");
    Console.Error.WriteLine("Run with --help to see the commands.");
    return 2;
}

try
{
    return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or FormatException or InvalidOperationException)
{
    // What a user can mend says so in its message: a missing file, a model that is not one, a child process that said the same.
    Console.Error.WriteLine($"error: {e.Message}");
    return 1;
}
