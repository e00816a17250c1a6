using System.Diagnostics;
using System.Globalization;

namespace TextClassification.Tests;

/// <summary>Ctrl-C while training, in a process of its own.</summary>
[TestClass]
public sealed class InterruptTests
{
    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
    [Timeout(300_000, CooperativeCancellation = true)]
    public async Task Interrupting_a_training_ends_it_with_130_and_no_file()
    {
        using var folder = new TemporaryFolder();
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            ArgumentList = { typeof(CommandLine).Assembly.Location, "--epochs", "1000", "--save", folder.File("m.zip") },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process program = Process.Start(start)!;
        try
        {
            Task<string> error = program.StandardError.ReadToEndAsync(TestContext.CancellationToken);

            // A line of progress: from here on it is training.
            string? line;
            do
                line = await program.StandardOutput.ReadLineAsync(TestContext.CancellationToken);
            while (line is not null && !line.Contains("epoch", StringComparison.Ordinal));
            Assert.IsNotNull(line, "the program ended before it trained");
            using Process kill = Process.Start("kill", [Signal(), program.Id.ToString(CultureInfo.InvariantCulture)]);
            await program.StandardOutput.ReadToEndAsync(TestContext.CancellationToken);
            await program.WaitForExitAsync(TestContext.CancellationToken);

            Assert.AreEqual(ExitCode.Cancelled, program.ExitCode);
            Assert.AreEqual("Cancelled.", (await error).Trim());
            Assert.IsEmpty(Directory.GetFiles(folder.Path));
        }
        finally
        {
            if (!program.HasExited)
                program.Kill();
        }
    }

    /// <summary>A shell starts its background jobs deaf to Ctrl-C, and so is every process below them; the request to end means the same.</summary>
    private static string Signal()
    {
        const string Status = "/proc/self/status", Ignored = "SigIgn:";
        string? mask = File.Exists(Status) ? File.ReadLines(Status).FirstOrDefault(line => line.StartsWith(Ignored, StringComparison.Ordinal)) : null;
        return mask is not null && (ulong.Parse(mask[Ignored.Length..].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) & 2) != 0 ? "-TERM" : "-INT";
    }
}
