using System.Diagnostics;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Processes;

/// <summary>Starts this test assembly as another process, in a role of <see cref="Program"/>.</summary>
internal static class ChildProcess
{
    /// <summary>Starts it; the caller waits for it and disposes it.</summary>
    public static Process Start(string role, params string[] arguments) => Start([], [], role, arguments);

    /// <summary>Starts it by another command, such as one that limits it: the command's words come first.</summary>
    public static Process StartUnder(IReadOnlyList<string> command, string role, params string[] arguments) => Start(command, [], role, arguments);

    /// <summary>Runs it to its end and returns what it wrote; a failure of the child fails the test.</summary>
    public static string Run(string role, params string[] arguments) => RunWith([], role, arguments);

    /// <summary>As <see cref="Run"/>, with variables added to its environment.</summary>
    public static string RunWith(IReadOnlyList<(string Name, string Value)> environment, string role, params string[] arguments)
    {
        using Process child = Start([], environment, role, arguments);
        Task<string> output = child.StandardOutput.ReadToEndAsync(), errors = child.StandardError.ReadToEndAsync();
        if (!child.WaitForExit(TimeSpan.FromMinutes(5)))
        {
            child.Kill(entireProcessTree: true);
            Assert.Fail($"The child process '{role}' did not end.");
        }

        Assert.AreEqual(0, child.ExitCode, $"'{role}' failed: {errors.Result}");
        return output.Result;
    }

    private static Process Start(
        IReadOnlyList<string> command, IReadOnlyList<(string Name, string Value)> environment, string role, string[] arguments)
    {
        string dotnet = Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet";
        string[] all = [.. command, dotnet, typeof(ChildProcess).Assembly.Location, role, .. arguments];
        var start = new ProcessStartInfo(all[0])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (string argument in all[1..])
            start.ArgumentList.Add(argument);
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }
}
