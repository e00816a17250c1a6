using System.Diagnostics;

namespace TextClassification;

/// <summary>Starts this program once more, with <c>predict</c>.</summary>
internal static class SecondProcess
{
    /// <summary>What a fresh process predicts for the messages with the saved model.</summary>
    public static async Task<(IReadOnlyList<Prediction> Predictions, int ProcessId)> PredictAsync(
        string modelPath, string? baseModelDirectory, IEnumerable<string> texts, CancellationToken cancellationToken)
    {
        string[] arguments = ["predict", "--model", Path.GetFullPath(modelPath), "--json"];
        string[] baseModel = baseModelDirectory is null ? [] : ["--base-model", Path.GetFullPath(baseModelDirectory)];
        ProcessStartInfo start = ThisProgram.StartInfo([.. arguments, .. baseModel, "--", .. texts]);

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
}
