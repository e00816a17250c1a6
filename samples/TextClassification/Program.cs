using System.Text;
using Spectre.Console;
using TextClassification;

// Messages of customers, and what the tables are drawn with, may be outside ASCII whatever the terminal's default is.
Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
return await CommandLine.RunAsync(args, CreateConsole(), Console.Out, Console.Error);

// A file or a pipe gets plain text, wide enough for the tables; a terminal gets what it can show.
static IAnsiConsole CreateConsole()
{
    if (!Console.IsOutputRedirected)
        return AnsiConsole.Console;
    IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
    {
        Ansi = AnsiSupport.No,
        ColorSystem = ColorSystemSupport.NoColors,
        Interactive = InteractionSupport.No,
    });
    console.Profile.Width = 160;
    return console;
}
