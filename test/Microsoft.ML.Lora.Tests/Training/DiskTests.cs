using System.Diagnostics;
using System.Runtime.Versioning;
using Microsoft.ML.Lora.Tests.Killing;
using Microsoft.ML.Lora.Tests.Processes;
using Microsoft.ML.Lora.Training;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Training;

/// <summary>Writes that the system refuses while a training runs, in processes of their own with real limits.</summary>
[TestClass]
[OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
public sealed class DiskTests
{
    /// <summary>A child process that fills a cache file: <c>spill FOLDER</c>.</summary>
    public const string SpillRole = "spill";

    public required TestContext TestContext { get; set; }

    public static void SpillAsChild(string[] args)
    {
        using var store = new TokenStore(new TokenCache(args[0], 0));
        for (int i = 0; i < 10_000; i++)
            store.Add(Enumerable.Range(i, 100).ToArray(), []);
        store.Complete();
    }

    [TestMethod]
    public void AFullDiskIsAClearErrorAndTheCheckpointStays()
    {
        using var folder = new TemporaryFolder();
        using var tiny = new TinyBase(folder: folder.File("base"));
        string state = TrainToTheFirstEvaluation(folder, tiny);
        byte[] before = File.ReadAllBytes(state);

        // With the best parameters in it the next checkpoint is larger than a file may be.
        (int exitCode, string error) = Train(Limited(before.Length / 1024 + 1), folder, tiny);
        TestContext.WriteLine(error);
        Assert.AreEqual(1, exitCode);
        StringAssert.Contains(error, "System.IO.IOException");
        StringAssert.Contains(error, $"'{state}' could not be written");
        StringAssert.Contains(error, "The previous file, if there was one, is unchanged.");
        CollectionAssert.AreEqual(before, File.ReadAllBytes(state));
        Assert.IsEmpty(Directory.GetFiles(Path.GetDirectoryName(state)!, "*.tmp"), "nothing half-written is left");
        GoesOnToTheSameBits(folder, tiny);
    }

    [TestMethod]
    [UnsupportedOSPlatform("windows")]
    public void AFolderThatBecomesReadOnlyIsAClearErrorAndTheCheckpointStays()
    {
        using var folder = new TemporaryFolder();
        using var tiny = new TinyBase(folder: folder.File("base"));
        string state = TrainToTheFirstEvaluation(folder, tiny);
        byte[] before = File.ReadAllBytes(state);
        string checkpoints = Path.GetDirectoryName(state)!;
        UnixFileMode mode = File.GetUnixFileMode(checkpoints);
        File.SetUnixFileMode(checkpoints, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        try
        {
            (int exitCode, string error) = Train(Unprivileged(), folder, tiny);
            TestContext.WriteLine(error);
            Assert.AreEqual(1, exitCode);
            StringAssert.Contains(error, "System.UnauthorizedAccessException");
            StringAssert.Contains(error, $"'{state}' could not be written");
            CollectionAssert.AreEqual(before, File.ReadAllBytes(state));
        }
        finally
        {
            File.SetUnixFileMode(checkpoints, mode);
        }

        GoesOnToTheSameBits(folder, tiny);
    }

    [TestMethod]
    public void AFullDiskUnderTheTokenCacheIsAClearError()
    {
        using var folder = new TemporaryFolder();
        (int exitCode, string error) = Run(ChildProcess.StartUnder(Limited(kibibytes: 100), SpillRole, folder.FullPath), out _);
        Assert.AreEqual(1, exitCode, error);
        StringAssert.Contains(error, "System.IO.IOException: The token ids of the rows need a cache file in");
        StringAssert.Contains(error, "TokenCacheDirectory");
        Assert.IsEmpty(Directory.GetFiles(folder.FullPath));
    }

    /// <summary>Leaves a checkpoint without a best model, by killing the process where the first evaluation begins.</summary>
    private static string TrainToTheFirstEvaluation(TemporaryFolder folder, TinyBase tiny)
    {
        using Process child = ChildProcess.Start(KillChild.Role, folder.FullPath, tiny.Folder, "evaluation", "0", "hold");
        string? line;
        do
            line = child.StandardOutput.ReadLine();
        while (line is not (null or KillChild.Reached));
        Assert.IsNotNull(line, "the training ended before its first evaluation");
        child.Kill();
        child.WaitForExit();
        return Directory.GetFiles(KillChild.CheckpointPath(folder.FullPath), "state.safetensors", SearchOption.AllDirectories).Single();
    }

    private static void GoesOnToTheSameBits(TemporaryFolder folder, TinyBase tiny)
    {
        string resumed = Hash(folder.FullPath), other = folder.File("uninterrupted");
        Directory.CreateDirectory(other);
        Assert.AreEqual(Hash(other), resumed);

        string Hash(string work)
        {
            (int exitCode, string error) = Run(ChildProcess.Start(KillChild.Role, work, tiny.Folder), out string output);
            Assert.AreEqual(0, exitCode, error);
            return output.Split('\n').Single(l => l.StartsWith(KillChild.Done, StringComparison.Ordinal));
        }
    }

    private static (int ExitCode, string Error) Train(string[] command, TemporaryFolder folder, TinyBase tiny) =>
        Run(ChildProcess.StartUnder(command, KillChild.Role, folder.FullPath, tiny.Folder), out _);

    private static (int ExitCode, string Error) Run(Process process, out string output)
    {
        using (process)
        {
            Task<string> error = process.StandardError.ReadToEndAsync();
            output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, error.Result);
        }
    }

    /// <summary>No file may grow beyond this; a write beyond it fails as on a full disk. The runtime's own large mappings are kept out of it.</summary>
    private static string[] Limited(int kibibytes) =>
        ["env", "DOTNET_EnableWriteXorExecute=0", "bash", "-c", $"trap '' XFSZ; ulimit -f {kibibytes}; exec \"$0\" \"$@\""];

    /// <summary>Without the privilege of root to write everywhere.</summary>
    private static string[] Unprivileged()
    {
        if (!Environment.IsPrivilegedProcess)
            return [];
        string[] command = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search"];
        try
        {
            using Process test = Process.Start(new ProcessStartInfo(command[0], [.. command[1..], "true"]) { RedirectStandardError = true })!;
            test.WaitForExit();
            if (test.ExitCode == 0)
                return command;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // Not installed: the same as not allowed.
        }

        Assert.Inconclusive("Root may write to a read-only folder, and this system does not let root give that up (setpriv).");
        return [];
    }
}
