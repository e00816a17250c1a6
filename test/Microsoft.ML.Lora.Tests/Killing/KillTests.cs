using Microsoft.ML.Lora.Tests.Processes;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Killing;

[TestClass]
public sealed class KillTests
{
    private const int Kills = 20;

    public required TestContext TestContext { get; set; }

    [TestMethod]
    public void ATrainingKilledInEachPhaseEndsWithTheSameBitsAndNoBrokenFile()
    {
        using var folder = new TemporaryFolder();
        using var tiny = new TinyBase(folder: folder.File("base"));
        var run = new KillRun(arguments => ChildProcess.Start(KillChild.Role, arguments), folder.FullPath, tiny.Folder, seed: 1);
        run.Run(Kills);
        foreach ((string phase, int deaths) in run.DeathsByPhase)
            TestContext.WriteLine($"{phase}: {deaths}");
        Assert.AreEqual(Kills, run.DeathsByPhase.Values.Sum());
        Assert.IsTrue(run.DeathsByPhase.Values.All(n => n > 0), "a phase in which no process died");
        Assert.IsGreaterThan(1, run.Completed);
    }
}
