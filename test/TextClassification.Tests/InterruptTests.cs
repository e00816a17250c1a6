using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;

namespace TextClassification.Tests;

/// <summary>Ctrl-C while training, in a process of its own.</summary>
[TestClass]
public sealed class InterruptTests
{
    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
    [Timeout(300_000, CooperativeCancellation = true)]
    public async Task Interrupted_it_says_how_to_go_on_and_going_on_ends_with_the_same_model()
    {
        using var folder = new TemporaryFolder();
        string data = folder.Write("my tickets.csv", EndToEndTests.SmallTable(','));
        string zip = folder.File("it's mine.zip"), checkpoints = folder.File("saved states");
        string[] arguments = ["--data", data, "--text-column", "said", "--label-column", "about", "--epochs", "12", "--rank", "4"];
        string[] all = [.. arguments, "--save", zip, "--checkpoint", checkpoints];

        (int exitCode, _, string error) = await RunAsync(ThisProgram.StartInfo(all), interrupt: true);
        Assert.AreEqual(ExitCode.Cancelled, exitCode, error);
        Assert.IsFalse(File.Exists(zip));
        StringAssert.Contains(error, $"Cancelled. The training is saved in {checkpoints}.");
        string[] lines = error.TrimEnd().Split('\n');
        StringAssert.Contains(lines[^2], "type:");

        // What it says to type, typed into a shell.
        var shell = new ProcessStartInfo("sh", ["-c", lines[^1].Trim()]) { RedirectStandardOutput = true, RedirectStandardError = true };
        (exitCode, string output, error) = await RunAsync(shell, interrupt: false);
        Assert.AreEqual(ExitCode.Success, exitCode, error);
        StringAssert.Contains(output, "LoRA, rank 4  going on from the checkpoint after step");
        Assert.IsFalse(Directory.Exists(checkpoints), "a training that ended leaves no checkpoint");

        string other = folder.File("uninterrupted.zip");
        (exitCode, output, error) = await RunAsync(ThisProgram.StartInfo([.. arguments, "--save", other]), interrupt: false);
        Assert.AreEqual(ExitCode.Success, exitCode, error);
        Assert.IsFalse(output.Contains("going on", StringComparison.Ordinal));
        CollectionAssert.AreEqual(Adapter(other), Adapter(zip));
    }

    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
    [Timeout(300_000, CooperativeCancellation = true)]
    public async Task Interrupting_a_training_ends_it_with_130_and_no_model()
    {
        using var folder = new TemporaryFolder();
        (int exitCode, _, string error) = await RunAsync(ThisProgram.StartInfo(["--epochs", "1000", "--save", folder.File("m.zip")]), interrupt: true);
        Assert.AreEqual(ExitCode.Cancelled, exitCode, error);
        StringAssert.StartsWith(error, $"Cancelled. The training is saved in {folder.File("m.zip.checkpoint")}.");
        Assert.IsEmpty(Directory.GetFiles(folder.Path));
    }

    /// <summary>Runs a process to its end, or interrupts it as soon as it trains.</summary>
    private async Task<(int ExitCode, string Output, string Error)> RunAsync(ProcessStartInfo start, bool interrupt)
    {
        using Process program = Process.Start(start)!;
        try
        {
            Task<string> error = program.StandardError.ReadToEndAsync(TestContext.CancellationToken);
            if (interrupt)
            {
                string? line;
                do
                    line = await program.StandardOutput.ReadLineAsync(TestContext.CancellationToken);
                while (line is not null && !line.Contains("epoch", StringComparison.Ordinal));
                Assert.IsNotNull(line, "the program ended before it trained");
                using Process kill = Process.Start("kill", [Signal(), program.Id.ToString(CultureInfo.InvariantCulture)]);
            }

            string output = await program.StandardOutput.ReadToEndAsync(TestContext.CancellationToken);
            await program.WaitForExitAsync(TestContext.CancellationToken);
            return (program.ExitCode, output, await error);
        }
        finally
        {
            if (!program.HasExited)
                program.Kill();
        }
    }

    private static byte[] Adapter(string zip)
    {
        using ZipArchive archive = ZipFile.OpenRead(zip);
        using var content = new MemoryStream();
        using Stream entry = archive.Entries.Single(e => e.Name == "adapter_model.safetensors").Open();
        entry.CopyTo(content);
        return content.ToArray();
    }

    /// <summary>A shell starts its background jobs deaf to Ctrl-C, and so is every process below them; the request to end means the same.</summary>
    private static string Signal()
    {
        const string Status = "/proc/self/status", Ignored = "SigIgn:";
        string? mask = File.Exists(Status) ? File.ReadLines(Status).FirstOrDefault(line => line.StartsWith(Ignored, StringComparison.Ordinal)) : null;
        return mask is not null && (ulong.Parse(mask[Ignored.Length..].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) & 2) != 0 ? "-TERM" : "-INT";
    }
}
