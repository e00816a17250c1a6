using System.CommandLine;
using Microsoft.ML.Lora.Benchmarks.Measuring;

namespace Microsoft.ML.Lora.Benchmarks;

/// <summary><c>machine</c>: what the numbers of the other commands were measured on.</summary>
internal static class MachineCommand
{
    public static Command Create()
    {
        var command = new Command("machine", "Prints processor, instruction sets and memory.");
        command.SetAction(_ => Console.WriteLine(Machine.Describe()));
        return command;
    }
}
