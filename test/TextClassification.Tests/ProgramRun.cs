using Spectre.Console;

namespace TextClassification.Tests;

/// <summary>Runs the program's command line in this process and keeps what it wrote.</summary>
internal sealed record ProgramRun(int ExitCode, string Output, string Error)
{
    public static async Task<ProgramRun> StartAsync(string[] arguments, CancellationToken cancellationToken = default)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(output),
        });
        console.Profile.Width = 160;
        int exitCode = await CommandLine.RunAsync(arguments, console, output, error, cancellationToken);
        return new ProgramRun(exitCode, output.ToString(), error.ToString());
    }
}
