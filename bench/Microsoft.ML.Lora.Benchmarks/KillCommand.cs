using System.CommandLine;
using System.Diagnostics;
using Microsoft.ML.Lora.Benchmarks.Measuring;
using Microsoft.ML.Lora.Tests;
using Microsoft.ML.Lora.Tests.Killing;

namespace Microsoft.ML.Lora.Benchmarks;

/// <summary>
/// <c>kill</c>: kills a training process at random points of each phase, resumes it, compares bits and looks for broken files. The test suite
/// does the same with fewer kills.
/// </summary>
internal static class KillCommand
{
    private const int ReportEvery = 20;

    public static Command Create()
    {
        var kills = new Option<int>("--kills") { Description = "How many processes to kill.", DefaultValueFactory = _ => 200 }.AtLeastOne();
        var seed = new Option<int>("--seed") { Description = "Of the random times.", DefaultValueFactory = _ => 1 };
        var command = new Command("kill", "Kills a training in each of its phases, resumes it and compares the bits.") { kills, seed };
        command.SetAction(parsed => Run(parsed.GetValue(kills), (ulong)(uint)parsed.GetValue(seed)));
        return command;
    }

    /// <summary>The process that is killed.</summary>
    public static Command CreateChild()
    {
        var arguments = new Argument<string[]>("ARGUMENTS");
        var command = new Command(KillChild.Role) { arguments };
        command.Hidden = true;
        command.SetAction(parsed => KillChild.Run(parsed.GetRequiredValue(arguments)));
        return command;
    }

    private static int Run(int kills, ulong seed)
    {
        string folder = Directory.CreateTempSubdirectory("lora-kill-").FullName;
        try
        {
            Stopwatch watch = Stopwatch.StartNew();
            using var tiny = new TinyBase(folder: Path.Combine(folder, "base"));
            var run = new KillRun(arguments => ChildProcess.Start([KillChild.Role, .. arguments]), folder, tiny.Folder, seed, Told);
            run.Run(kills);
            foreach ((string phase, int deaths) in run.DeathsByPhase)
                Console.WriteLine($"{phase,-18} {deaths,4} killed");
            Console.WriteLine($"{run.DeathsByPhase.Values.Sum()} kills in {watch.Elapsed.TotalSeconds:F0} s; {run.Completed} trainings came to their end with the same bits; no broken file.");
            return 0;

            void Told(int killed)
            {
                if (killed % ReportEvery == 0)
                    Console.Error.WriteLine($"{killed} of {kills} processes killed after {watch.Elapsed.TotalSeconds:F0} s");
            }
        }
        catch (InvalidOperationException e)
        {
            Console.Error.WriteLine($"error: {e.Message}");
            return 1;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
