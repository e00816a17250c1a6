using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Fuzzing;

/// <summary>The short form of <c>./build.sh fuzz</c>: at most a minute in all.</summary>
[TestClass]
[DoNotParallelize]
public sealed class FuzzTests
{
    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    [DataRow("safetensors", 7, null)]
    [DataRow("pickle", 11, null)]
    [DataRow("tokenizer", 120, 10_000)] // some thirteen seconds
    [DataRow("zip", 11, null)]
    [DataRow("config", 10, null)]
    public void DamagedFilesGiveDocumentedErrorsOrWork(string name, int seconds, int? inputs)
    {
        using FuzzFormat format = FuzzFormats.Create(name, GoldenFiles.Root);
        var fuzzer = new Fuzzer(format);
        fuzzer.Run(firstSeed: 0, inputs, TimeSpan.FromSeconds(seconds));
        TestContext.WriteLine($"{fuzzer}");
        Assert.IsEmpty(fuzzer.Faults, string.Join(Environment.NewLine, fuzzer.Faults.Take(5)));
        Assert.IsGreaterThanOrEqualTo(inputs ?? 1, fuzzer.Tried);
        Assert.IsGreaterThan(0, fuzzer.Accepted, "no input was accepted");
        Assert.IsFalse(fuzzer.IsTooShallow, "too few inputs got past the header");
        Assert.IsGreaterThanOrEqualTo(fuzzer.Tried, 3 * fuzzer.PastHeader);
    }

    [TestMethod]
    public void ASeedIsAnInput()
    {
        foreach (string name in FuzzFormats.Names)
        {
            // Two runs: those that make their files make the same ones.
            using FuzzFormat format = FuzzFormats.Create(name, GoldenFiles.Root), again = FuzzFormats.Create(name, GoldenFiles.Root);
            byte[][] inputs = [.. Enumerable.Range(0, 50).Select(seed => format.Mutate(format.Files[seed % format.Files.Count], new Random(seed)))];
            for (int seed = 0; seed < inputs.Length; seed++)
                CollectionAssert.AreEqual(inputs[seed], again.Mutate(again.Files[seed % again.Files.Count], new Random(seed)), $"{name}, seed {seed}");
            Assert.IsGreaterThan(25, inputs.Where((input, i) => !input.AsSpan().SequenceEqual(format.Files[i % format.Files.Count].Content)).Count(), "most are damaged");
        }
    }

    [TestMethod]
    public void FaultsAreFoundAndSavedWithTheirSeed()
    {
        using var folder = new TemporaryFolder();
        using var format = new FaultyFormat();
        var fuzzer = new Fuzzer(format, folder.FullPath);
        fuzzer.Run(firstSeed: 40, inputs: 10, TimeSpan.FromSeconds(30));
        Assert.AreEqual(10, fuzzer.Tried);
        Assert.HasCount(2, fuzzer.Faults, string.Join(Environment.NewLine, fuzzer.Faults));
        StringAssert.Contains(fuzzer.Faults[0], "--format faulty --seed 42 --inputs 1");
        StringAssert.Contains(fuzzer.Faults[0], "not a documented exception");
        StringAssert.Contains(fuzzer.Faults[1], "allocated");
        CollectionAssert.AreEqual(BitConverter.GetBytes(new Random(42).Next()), File.ReadAllBytes(folder.File("faulty-42.bin")));
    }

    /// <summary>Throws at the third input and takes much memory at the fifth.</summary>
    private sealed class FaultyFormat : FuzzFormat
    {
        private int _read;

        public override string Name => "faulty";

        public override IReadOnlyList<FuzzFile> Files { get; } = [new("file", [1])];

        public override byte[] Mutate(FuzzFile file, Random random) => BitConverter.GetBytes(random.Next());

        public override void Read(FuzzFile file, byte[] input, FuzzProgress progress)
        {
            progress.IsPastHeader = true;
            _read++;
            if (_read == 3)
                throw new IndexOutOfRangeException();
            if (_read == 5)
                GC.KeepAlive(new byte[20 << 20]);
            throw new LoraFormatException("documented");
        }
    }
}
