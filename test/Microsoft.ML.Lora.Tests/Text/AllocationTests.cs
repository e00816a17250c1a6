using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Microsoft.ML.Lora.Text;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Text;

/// <summary>Once its buffers have grown and the common words are known, ids of a text cost no memory: with every tokenizer of the records.</summary>
[TestClass]
public sealed class AllocationTests
{
    private const int QuickPasses = 30;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public void IdsCostNoMemory()
    {
        var run = new GoldenRun(TestContext, "memory of ids");
        foreach (string path in GoldenFiles.Files("*.expected.json.gz", "tokenizers", "small"))
        {
            string tokenizer = path.Replace(".expected.json.gz", ".tokenizer.json", StringComparison.Ordinal);
            if (!TokenizerGoldens.ReadJson(path).TryGetProperty("load_error", out _))
                run.Case(Path.GetFileName(path), () => Check(TokenizerGoldens.LoadTokenizer(tokenizer)));
        }

        foreach (string path in GoldenFiles.Files("*.json.gz", "tokenizers", "real"))
        {
            JsonElement file = TokenizerGoldens.ReadJson(path);
            if (TokenizerGoldens.Locate(file.GetProperty("tokenizer").GetString()!) is string tokenizer)
                run.Case(Path.GetFileName(path), () => Check(TokenizerGoldens.LoadTokenizer(tokenizer, file.GetProperty("edits"))));
        }

        foreach (string path in GoldenFiles.Files("*.json.gz", "tokenizers", "sentencepiece"))
        {
            string model = TokenizerGoldens.ReadJson(path).GetProperty("model").GetString()!;
            string? located = TokenizerGoldens.Locate(model.StartsWith("small/", StringComparison.Ordinal) ? "goldens/tokenizers/" + model : model);
            if (located is not null)
                run.Case(Path.GetFileName(path), () => Check(HuggingFaceTokenizer.Load([("tokenizer.model", File.ReadAllBytes(located))])));
        }

        run.Finish();
    }

    /// <summary>A pattern that remembers where a repeated part began, to see whether it got any further.</summary>
    [TestMethod]
    public void PatternsWithNestedRepeatsCostNoMemory() => Check(HuggingFaceTokenizer.Load([("tokenizer.json", Encoding.UTF8.GetBytes("""
        {"pre_tokenizer":{"type":"Split","pattern":{"Regex":"(?:[a-m]*|[n-z]*)*\\s?"},"behavior":"Isolated","invert":false},
         "model":{"type":"WordLevel","vocab":{"u":0},"unk_token":"u"}}
        """))]));

    private static void Check(HuggingFaceTokenizer tokenizer)
    {
        string[] texts = [.. TokenizerGoldens.Strings.Where(text => Encodes(tokenizer, text))];
        int[] ids = new int[1 << 16];
        int count = 0;
        long allocated = 0;
        for (long start = Stopwatch.GetTimestamp(), pass = 0; Stopwatch.GetElapsedTime(start) < s_patience; pass++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Encode();
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            if (pass > 0 && allocated == 0)
                return;

            // Code that is compiled in haste puts values on the heap that it does not put there later; that is done beside this thread.
            if (pass >= QuickPasses)
                Thread.Sleep(50);
        }

        Assert.Fail($"{allocated} bytes for {count} tokens of {texts.Length} texts");

        void Encode()
        {
            count = 0;
            foreach (string text in texts)
            {
                if (!tokenizer.TryEncodeToIds(text, ids, out int written))
                    throw new InvalidOperationException("The texts have more tokens than there is room for.");
                count += written;
            }
        }
    }

    /// <summary>Some vocabularies have nothing for what they do not know.</summary>
    private static bool Encodes(HuggingFaceTokenizer tokenizer, string text)
    {
        try
        {
            tokenizer.EncodeToIds(text);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
