using System.Diagnostics;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Estimators;

/// <summary>Runs the program of test/Microsoft.ML.Lora.FreshProcess, as it was built or from a changed copy of its folder.</summary>
internal static class FreshProcess
{
    private const string Name = "Microsoft.ML.Lora.FreshProcess";
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(3);

    /// <summary>The folder it was built into: beside this project's, same configuration and framework.</summary>
    public static string Folder
    {
        get
        {
            string folder = AppContext.BaseDirectory.Replace("Microsoft.ML.Lora.Tests", Name, StringComparison.Ordinal);
            Assert.IsTrue(File.Exists(Path.Combine(folder, Name + ".dll")), $"No program in '{folder}'.");
            return folder;
        }
    }

    /// <summary>Variables that its processes get beside this one's.</summary>
    public static Dictionary<string, string> Environment { get; } = [];

    /// <summary>Runs it to the end.</summary>
    public static FreshProcessResult Run(params string[] arguments) => RunIn(Folder, arguments);

    /// <summary>Runs the copy in <paramref name="folder"/> to the end.</summary>
    public static FreshProcessResult RunIn(string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo(System.Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        foreach ((string name, string value) in Environment)
            start.Environment[name] = value;
        start.ArgumentList.Add(Path.Combine(folder, Name + ".dll"));
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);

        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(_limit))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"The process did not end within {_limit}.");
        }

        return new FreshProcessResult(process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult());
    }

    /// <summary>Copies the program's folder without the files that <paramref name="leaveOut"/> picks by name.</summary>
    public static string CopyWithout(string target, Func<string, bool> leaveOut)
    {
        foreach (string file in Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories))
        {
            string relative = Path.GetRelativePath(Folder, file);
            if (leaveOut(relative))
                continue;
            string copy = Path.Combine(target, relative);
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        return target;
    }
}
