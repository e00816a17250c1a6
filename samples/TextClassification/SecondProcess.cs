using System.Diagnostics;

namespace TextClassification;

/// <summary>Starts this program once more, with <c>predict</c>.</summary>
internal static class SecondProcess
{
    /// <summary>What a fresh process predicts for the messages with the saved model.</summary>
    public static async Task<(IReadOnlyList<Prediction> Predictions, int ProcessId)> PredictAsync(
        string modelPath, string? baseModelDirectory, IEnumerable<string> texts, CancellationToken cancellationToken)
    {
        ProcessStartInfo start = ThisProgram();
        string[] arguments = ["predict", "--model", Path.GetFullPath(modelPath), "--json"];
        string[] baseModel = baseModelDirectory is null ? [] : ["--base-model", Path.GetFullPath(baseModelDirectory)];
        foreach (string argument in arguments.Concat(baseModel).Append("--").Concat(texts))
            start.ArgumentList.Add(argument);

        using Process process = Process.Start(start) ?? throw new UserError($"Could not start '{start.FileName}'.");
        try
        {
            Task<string> error = process.StandardError.ReadToEndAsync(cancellationToken);
            string output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            if (process.ExitCode != ExitCode.Success)
                throw new UserError($"The second process could not predict (exit code {process.ExitCode}): {(await error).Trim()}");
            string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            return ([.. lines.Select(PredictCommand.Parse)], process.Id);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }

    private static ProcessStartInfo ThisProgram()
    {
        string assembly = typeof(SecondProcess).Assembly.Location;
        string name = Path.GetFileNameWithoutExtension(Environment.ProcessPath) ?? "";
        bool isOwnExecutable = name == typeof(SecondProcess).Assembly.GetName().Name;
        var start = new ProcessStartInfo(isOwnExecutable ? Environment.ProcessPath! : Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = System.Text.Encoding.UTF8,
            StandardErrorEncoding = System.Text.Encoding.UTF8,
        };
        if (!isOwnExecutable)
            start.ArgumentList.Add(assembly);
        return start;
    }
}
