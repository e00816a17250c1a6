using System.Diagnostics;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Processes;

/// <summary>Starts this test assembly as another process, in a role of <see cref="Program"/>.</summary>
internal static class ChildProcess
{
    /// <summary>Starts it; the caller waits for it and disposes it.</summary>
    public static Process Start(string role, params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.ArgumentList.Add(typeof(ChildProcess).Assembly.Location);
        start.ArgumentList.Add(role);
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }

    /// <summary>Runs it to its end and returns what it wrote; a failure of the child fails the test.</summary>
    public static string Run(string role, params string[] arguments)
    {
        using Process child = Start(role, arguments);
        Task<string> output = child.StandardOutput.ReadToEndAsync(), errors = child.StandardError.ReadToEndAsync();
        if (!child.WaitForExit(TimeSpan.FromMinutes(5)))
        {
            child.Kill(entireProcessTree: true);
            Assert.Fail($"The child process '{role}' did not end.");
        }

        Assert.AreEqual(0, child.ExitCode, $"'{role}' failed: {errors.Result}");
        return output.Result;
    }
}
