using Microsoft.ML.Lora.Kernels;
using Microsoft.ML.Lora.Training;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Training;

/// <summary>Token ids in memory and in a file are the same, and a row in a file costs next to no memory.</summary>
[TestClass]
public sealed class TokenStoreTests
{
    public required TestContext TestContext { get; set; }

    [TestMethod]
    [DataRow(long.MaxValue)]
    [DataRow(0L)]
    [DataRow(200_000L)] // in the middle
    public void RowsComeBackAsTheyWent(long memory)
    {
        using var folder = new TemporaryFolder();
        using var store = new TokenStore(new TokenCache(folder.File("cache"), memory));
        const int Rows = 5000;
        for (int i = 0; i < Rows; i++)
            store.Add(Ids(i), Types(i));
        store.Complete();
        Assert.AreEqual(memory != long.MaxValue, store.IsSpilled);
        Assert.AreEqual(Rows, store.Count);
        Assert.AreEqual(Enumerable.Range(0, Rows).Sum(i => (long)Ids(i).Length), store.TokenCount);
        Parallel.ForEach(CounterRandom.Permutation(1, Rows), i =>
        {
            CollectionAssert.AreEqual(Ids(i), store.Ids(i));
            CollectionAssert.AreEqual(Types(i) is { Length: > 0 } types ? types : new byte[store.Length(i)], store.TypeIds(i));
        });

        if (memory != long.MaxValue)
            Assert.IsEmpty(Directory.GetFiles(folder.File("cache")), "the file has no name that could be left behind");

        // Some rows have ids above 16 bits, first after many that have none; some have segments; one is very long.
        static int[] Ids(int i) => [.. Enumerable.Range(0, i == 4322 ? 200_000 : 1 + i % 60).Select(t => i > 3000 && i % 7 == 0 ? 60_000 + i * t % 200_000 : (i * 31 + t) % 65_536)];
        static byte[] Types(int i) => i % 5 == 1 && i > 1000 ? [.. Enumerable.Range(0, 1 + i % 60).Select(t => (byte)(t % 2))] : [];
    }

    [TestMethod]
    public void AThousandOrAMillionRowsTakeAtMostSixteenBytesEach()
    {
        const double Most = 16;
        const int Attempts = 5; // other threads of the test host allocate too, and a thousand rows are sixteen kilobytes
        foreach (int rows in new[] { 1_000, 10_000, 100_000, 1_000_000 })
        {
            (double whole, double split) = (0, double.PositiveInfinity);
            for (int i = 0; i < Attempts && split > Most; i++)
                (whole, split) = BytesPerRow(rows);
            TestContext.WriteLine($"{rows,9:N0} rows: {whole:F1} bytes each; with a split and an epoch's order {split:F1}");
            Assert.IsLessThanOrEqualTo(Most, split);
        }
    }

    private static (double Whole, double Split) BytesPerRow(int rows)
    {
        long before = GC.GetTotalMemory(forceFullCollection: true);
        TokenCache cache = rows < 100_000 ? new TokenCache(null, 0) : TokenCache.From(new TrainingOptions()); // which keep a MiB in memory
        using var set = new TrainingSet(77, cache);
        int[] ids = new int[100];
        for (int i = 0; i < rows; i++)
        {
            Array.Fill(ids, i % 30_000);
            set.Add(ids.AsSpan(0, 10 + i % 90), [], i % 77, 1 + i % 3);
        }

        set.Complete();
        double whole = (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)rows;
        (TrainingSet train, TrainingSet validation) = set.Split(0.1, 1);
        IReadOnlyList<int[]> batches = BatchPlan.Epoch(train, new TrainingOptions { BatchComposition = BatchComposition.LikeLength }, 1, 0);
        double split = (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)rows;
        Assert.IsTrue(set.IsSpilled);
        Assert.AreEqual(rows, train.Count + validation.Count);
        Assert.AreEqual(train.Count, batches.Sum(b => b.Length));
        CollectionAssert.AreEqual(Enumerable.Repeat((rows - 1) % 30_000, 10 + (rows - 1) % 90).ToArray(), set.Row(rows - 1).Ids);
        return (whole, split);
    }

    [TestMethod]
    public void TrainingFromTheFileGivesTheSameBits()
    {
        TrainingOptions options = TinyTask.Checkpointed(null);
        options.MaxEpochs = 2;
        TrainingSet inMemory = TinyTask.Rows(96, 1, weighted: true);
        using var spilled = new TrainingSet(TinyTask.Classes, new TokenCache(null, 0));
        for (int i = 0; i < inMemory.Count; i++)
            spilled.Add(inMemory.Row(i).Ids, inMemory.Row(i).TypeIds, inMemory.Label(i), inMemory.Weight(i));
        spilled.Complete();
        Assert.IsTrue(spilled.IsSpilled);
        Assert.IsFalse(inMemory.IsSpilled);
        Assert.AreEqual(TinyTask.TrainAndHash(options, rows: inMemory), TinyTask.TrainAndHash(options, rows: spilled));
    }

    [TestMethod]
    public void AFolderThatCannotBeWrittenIsAClearError()
    {
        using var folder = new TemporaryFolder();
        string file = folder.File("a-file");
        File.WriteAllText(file, "");
        using var store = new TokenStore(new TokenCache(Path.Combine(file, "cache"), 0));
        StringAssert.Contains(Assert.ThrowsExactly<IOException>(() => store.Add([1, 2, 3], [])).Message, "TokenCacheDirectory");
    }

    [TestMethod]
    public void ListsGrowWithTheLargestNumberAndKeepAll()
    {
        var list = new CompactInts();
        var expected = new List<int>();
        foreach (int largest in new[] { 255, 256, 65_535, 65_536, int.MaxValue })
        {
            for (int i = 0; i < 1000; i++)
            {
                int value = i == 500 ? largest : (int)((long)largest * i / 1000);
                list.Add(value);
                expected.Add(value);
            }

            CollectionAssert.AreEqual(expected, Enumerable.Range(0, list.Count).Select(i => list[i]).ToList());
        }

        list.Trim();
        Assert.AreEqual(int.MaxValue, list[4500]);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => list[list.Count]);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => list.Add(-1));
    }

    [TestMethod]
    public void RowsThatWereLeftOutCountInTheSourceRow()
    {
        var set = new TrainingSet(2);
        set.Skip();
        set.Add([1], [], 0);
        set.Add([2], [], 1);
        set.Skip();
        set.Skip();
        set.Add([3], [], 0);
        CollectionAssert.AreEqual(new long[] { 1, 2, 5 }, Enumerable.Range(0, 3).Select(set.SourceRow).ToArray());
        Assert.AreEqual(2, set.RowOf(2));
    }
}
