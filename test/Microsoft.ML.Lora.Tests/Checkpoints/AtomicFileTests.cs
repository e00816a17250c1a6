using Microsoft.ML.Lora.Checkpoints;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Checkpoints;

[TestClass]
public sealed class AtomicFileTests
{
    [TestMethod]
    public void LeftoversOfDeadProcessesGoAndFilesBeingWrittenStay()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("f.bin"), dead = folder.File(".f.bin.12345-1.tmp"), other = folder.File(".g.bin.12345-1.tmp");
        File.WriteAllBytes(dead, [9]);
        File.WriteAllBytes(other, [9]);
        AtomicFile.Write(path, s =>
        {
            s.Write([1]);
            string mine = Directory.GetFiles(folder.FullPath, ".f.bin.*.tmp").Single();
            Assert.AreNotEqual(dead, mine);
            AtomicFile.RemoveLeftovers(path);
            Assert.IsTrue(File.Exists(mine));
        });
        CollectionAssert.AreEquivalent(new[] { path, other }, Directory.GetFiles(folder.FullPath));
    }
}
