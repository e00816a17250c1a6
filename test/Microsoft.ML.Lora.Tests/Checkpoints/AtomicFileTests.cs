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

    [TestMethod]
    public void ReadersAndWritersDoNotMeet()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("main");
        byte[][] contents = [[.. Enumerable.Repeat((byte)'a', 5000)], [.. Enumerable.Repeat((byte)'b', 7000)]];
        AtomicFile.Write(path, stream => stream.Write(contents[0]));
        bool done = false;
        Task<int> reader = Task.Run(() =>
        {
            int reads = 0;
            for (; !Volatile.Read(ref done); reads++)
            {
                byte[] found = File.ReadAllBytes(path);
                Assert.IsTrue(contents.Any(c => c.AsSpan().SequenceEqual(found)), $"{found.Length} bytes");
            }

            return reads;
        });
        // Writers take what others write for neither a leftover nor theirs.
        Parallel.For(0, 3, _ =>
        {
            for (int i = 0; i < 300 && !reader.IsCompleted; i++)
                AtomicFile.Write(path, stream => stream.Write(contents[i % 2]));
        });
        Volatile.Write(ref done, true);
        Assert.IsGreaterThan(0, reader.GetAwaiter().GetResult());
        CollectionAssert.AreEqual(new[] { path }, Directory.GetFiles(folder.FullPath));
    }
}
