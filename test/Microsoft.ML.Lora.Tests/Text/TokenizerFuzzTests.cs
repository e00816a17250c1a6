using System.Diagnostics;
using Microsoft.ML.Lora.Tests.Fuzzing;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Text;

/// <summary>The short form of fuzzing tokenizer files; the benchmarks' <c>fuzz</c> command has the long one.</summary>
[TestClass]
public sealed class TokenizerFuzzTests
{
    private static readonly TimeSpan s_time = TimeSpan.FromSeconds(12);

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public void DamagedFilesGiveAClearErrorOrAWorkingTokenizer()
    {
        (string Name, byte[] Content)[] files =
        [
            .. GoldenFiles.Files("*.tokenizer.json", "tokenizers", "small").Select(path => (Path.GetFileName(path), File.ReadAllBytes(path))),
        ];
        Assert.IsNotEmpty(files, $"No tokenizer.json found under '{GoldenFiles.Root}'.");
        var fuzzer = new TokenizerFuzzer();
        var watch = Stopwatch.StartNew();
        for (int seed = 0; watch.Elapsed < s_time; seed++)
            fuzzer.Try(files[seed % files.Length].Name, files[seed % files.Length].Content, seed);
        TestContext.WriteLine(
            $"{fuzzer.Tried} inputs, {fuzzer.PastParser} JSON, {fuzzer.Loaded} loaded, worst {fuzzer.Worst.TotalSeconds:F2} s; "
            + string.Join(", ", fuzzer.Exceptions.Select(pair => $"{pair.Value} {pair.Key}")));
        Assert.IsEmpty(fuzzer.Faults, string.Join(Environment.NewLine, fuzzer.Faults.Take(5)));
        Assert.IsGreaterThan(fuzzer.Tried / 3, fuzzer.PastParser, "Too few inputs got past the JSON parser.");
    }
}
