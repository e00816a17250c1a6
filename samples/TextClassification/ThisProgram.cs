using System.Diagnostics;

namespace TextClassification;

/// <summary>How this program is started.</summary>
internal static class ThisProgram
{
    /// <summary>The words before its arguments: its own executable, or dotnet and the assembly.</summary>
    private static string[] Words()
    {
        string assembly = typeof(ThisProgram).Assembly.Location;
        string name = Path.GetFileNameWithoutExtension(Environment.ProcessPath) ?? "";
        return name == typeof(ThisProgram).Assembly.GetName().Name
            ? [Environment.ProcessPath!]
            : [Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", assembly];
    }

    /// <summary>To start it once more and read what it writes.</summary>
    public static ProcessStartInfo StartInfo(IEnumerable<string> arguments)
    {
        string[] words = Words();
        return new ProcessStartInfo(words[0], [.. words[1..], .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = System.Text.Encoding.UTF8,
            StandardErrorEncoding = System.Text.Encoding.UTF8,
        };
    }

    /// <summary>What to type to start it with these arguments, in the same folder.</summary>
    public static string CommandLine(IEnumerable<string> arguments) => string.Join(' ', Words().Concat(arguments).Select(Quote));

    private static string Quote(string word)
    {
        if (word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || "-_./:=+,@\\".Contains(c) && (c != '\\' || OperatingSystem.IsWindows())))
            return word;
        return OperatingSystem.IsWindows() ? $"\"{word.Replace("\"", "\\\"")}\"" : $"'{word.Replace("'", "'\\''")}'";
    }
}
