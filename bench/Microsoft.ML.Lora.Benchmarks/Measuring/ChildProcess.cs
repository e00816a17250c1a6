using System.Diagnostics;

namespace Microsoft.ML.Lora.Benchmarks.Measuring;

/// <summary>Starts this program again, for what needs a process of its own: peak memory, environment variables.</summary>
internal static class ChildProcess
{
    /// <summary>Starts it; the caller reads its output, waits and disposes.</summary>
    public static Process Start(IEnumerable<string> arguments, params (string Name, string Value)[] environment)
    {
        string assembly = typeof(ChildProcess).Assembly.Location;
        bool ownExecutable = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == typeof(ChildProcess).Assembly.GetName().Name;
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (!ownExecutable)
            start.ArgumentList.Add(assembly);
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        return Process.Start(start) ?? throw new InvalidOperationException($"Could not start '{start.FileName}'.");
    }

    /// <summary>Runs it to its end and returns what it printed.</summary>
    /// <exception cref="InvalidOperationException">It failed; the message holds its error output.</exception>
    public static string Run(IEnumerable<string> arguments, params (string Name, string Value)[] environment)
    {
        using Process process = Start(arguments, environment);
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"The child process ended with {process.ExitCode}: {error.Result}");
        return output;
    }
}
