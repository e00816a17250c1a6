using System.Text;
using System.Text.Json;
using Microsoft.ML.Lora.Text;
using Microsoft.ML.Lora.Text.Patterns;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Text;

/// <summary>Faulty tokenizer.json files: those that the recorded library takes work the same, the others are refused with file and place.</summary>
[TestClass]
public sealed class MalformedTests
{
    private const string FileName = "tokenizer.json";

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public void FaultyFilesGiveTheRecordsOrAreRefused()
    {
        var run = new GoldenRun(TestContext, "faulty files");
        string path = TokenizerGoldens.Folder("malformed.json");
        if (!File.Exists(path))
            Assert.Inconclusive($"'{path}' is not in this selection.");
        foreach (JsonElement record in TokenizerGoldens.ReadJson(path).GetProperty("cases").EnumerateArray())
            run.Case(record.GetProperty("id").GetString()!, () => Check(record));
        run.Finish();
    }

    [TestMethod]
    [DataRow("""{"model":{"type":"Future","vocab":{}}}""", "/model/type", "'Future'")]
    [DataRow("""{"normalizer":{"type":"Shuffle"},"model":{"type":"WordLevel","vocab":{},"unk_token":"u"}}""", "/normalizer/type", "'Shuffle'")]
    [DataRow("""{"pre_tokenizer":{"type":"Shuffle"},"model":{"type":"WordLevel","vocab":{},"unk_token":"u"}}""", "/pre_tokenizer/type", "'Shuffle'")]
    [DataRow("""{"post_processor":{"type":"Shuffle"},"model":{"type":"WordLevel","vocab":{},"unk_token":"u"}}""", "/post_processor/type", "'Shuffle'")]
    [DataRow("""{"decoder":{"type":"Shuffle"},"model":{"type":"WordLevel","vocab":{},"unk_token":"u"}}""", "/decoder/type", "'Shuffle'")]
    [DataRow("""{"model":{"type":"WordLevel","vocab":{"a":-1},"unk_token":"u"}}""", "/model/vocab/a", "-1")]
    [DataRow("""{"model":{"type":"WordLevel","vocab":{}}}""", "/model/unk_token", "is missing")]
    [DataRow("""{"pre_tokenizer":{"type":"Split","pattern":{"Regex":"(a)\\1"},"behavior":"Isolated","invert":false},"model":{"type":"WordLevel","vocab":{},"unk_token":"u"}}""", "/pre_tokenizer/pattern/Regex", "'\\1'")]
    [DataRow("""{"pre_tokenizer":{"type":"Split","pattern":{"String":"a","Regex":"b"},"behavior":"Isolated","invert":false},"model":{"type":"WordLevel","vocab":{},"unk_token":"u"}}""", "/pre_tokenizer/pattern", "an object")]
    [DataRow("""{"normalizer":{"type":"Replace","pattern":{"Text":"a"},"content":""},"model":{"type":"WordLevel","vocab":{},"unk_token":"u"}}""", "/normalizer/pattern", "Regex")]
    [DataRow("""{"padding":{"strategy":{"Fixed":3,"Longest":2},"direction":"Right","pad_to_multiple_of":null,"pad_id":0,"pad_type_id":0,"pad_token":"u"},"model":{"type":"WordLevel","vocab":{},"unk_token":"u"}}""", "/padding/strategy", "Fixed")]
    [DataRow("""{"post_processor":{"type":"TemplateProcessing","single":[{"Sequence":{"id":"A","type_id":0},"SpecialToken":{"id":"u","type_id":0}}],"pair":[],"special_tokens":{}},"model":{"type":"WordLevel","vocab":{},"unk_token":"u"}}""", "/post_processor/single/0", "'SpecialToken'")]
    public void RefusalsNameTheFileAndThePlace(string json, string place, string found)
    {
        var error = Assert.ThrowsExactly<LoraFormatException>(() => HuggingFaceTokenizer.Load([(FileName, Encoding.UTF8.GetBytes(json))]));
        StringAssert.Contains(error.Message, FileName);
        StringAssert.Contains(error.Message, place);
        StringAssert.Contains(error.Message, found);
        Assert.AreEqual(FileName, error.File);
    }

    /// <summary>What a pattern costs to be read is bounded before it is known how many steps it has.</summary>
    [TestMethod]
    [DataRow("", "[ab]", 20_000, "20000 steps")]
    [DataRow("(?i)", "[ab]", 20_000, "20000 steps")]
    [DataRow("(?i)", "ss", 40_000, "20000 steps")]
    [DataRow("(?i)", "[\\p{L}ß]", 12_000, "20000 steps")]
    [DataRow("(?i)", "a", 2_000_000, "100000 characters")]
    public void LargePatternsAreRefused(string start, string part, int times, string limit)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.ThrowsExactly<FormatException>(() => new RegexPattern(start + string.Concat(Enumerable.Repeat(part, times))));
        StringAssert.Contains(error.Message, limit);
        Assert.IsLessThan(200L << 20, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [TestMethod]
    public void PatternsThatTakeTooLongAreStopped()
    {
        const string Json = """
            {"pre_tokenizer":{"type":"Split","pattern":{"Regex":"(?:(?:a|aa)+)+$b"},"behavior":"Isolated","invert":false},
             "model":{"type":"WordLevel","vocab":{"u":0},"unk_token":"u"}}
            """;
        HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.Load([(FileName, Encoding.UTF8.GetBytes(Json))]);
        Assert.ThrowsExactly<InvalidOperationException>(() => tokenizer.Encode(new string('a', 2000)));
    }

    private static void Check(JsonElement record)
    {
        byte[] content = Encoding.UTF8.GetBytes(record.GetProperty("text").GetString()!);
        if (!record.GetProperty("loads").GetBoolean())
        {
            var error = Assert.ThrowsExactly<LoraFormatException>(() => HuggingFaceTokenizer.Load([(FileName, content)]));
            StringAssert.Contains(error.Message, FileName);
            return;
        }

        HuggingFaceTokenizer tokenizer;
        try
        {
            tokenizer = HuggingFaceTokenizer.Load([(FileName, content)]);
        }
        catch (LoraFormatException) when (MayBeRefused(record))
        {
            return;
        }

        Assert.IsFalse(IsUnknownType(record), "A component of an unknown type must be refused.");
        if (record.TryGetProperty("vocab_size_with_added", out JsonElement size))
            Assert.AreEqual(size.GetInt32(), tokenizer.VocabularySize);
        if (record.TryGetProperty("added", out JsonElement added))
        {
            foreach (JsonProperty token in added.EnumerateObject())
                Assert.AreEqual(token.Value.GetString(), tokenizer.IdToToken(int.Parse(token.Name)));
        }

        foreach (JsonElement text in record.GetProperty("encode").EnumerateArray())
            CheckText(text, tokenizer);
    }

    private static void CheckText(JsonElement record, HuggingFaceTokenizer tokenizer)
    {
        string text = record.GetProperty("text").GetString()!;
        if (record.TryGetProperty("err", out _))
        {
            Assert.ThrowsExactly<InvalidOperationException>(() => tokenizer.Encode(text));
            return;
        }

        HuggingFaceEncoding encoding = tokenizer.Encode(text);
        CollectionAssert.AreEqual(TokenizerGoldens.Ints(record, "ids"), encoding.Ids.ToArray());
        CollectionAssert.AreEqual(TokenizerGoldens.Ints(record, "off"), encoding.Offsets.SelectMany(o => new[] { o.Start, o.End }).ToArray());
        string[] tokens = [.. record.GetProperty("tokens").EnumerateArray().Select(token => token.GetString()!)];

        // A template may have fewer texts than ids; the library's lists then have different lengths. And where two texts share an id, some of
        // its models tell them apart; here an id has one text.
        if (tokens.Length == encoding.Count && tokens.All(token => tokenizer.TokenToId(token) is not int id || tokenizer.IdToToken(id) == token))
            CollectionAssert.AreEqual(tokens, encoding.Tokens.ToArray());
    }

    /// <summary>
    /// The recorded library reads a component of an unknown or missing type as another one that its fields fit, and takes templates that then
    /// fail on every text: refusing is what its records recommend.
    /// </summary>
    private static bool MayBeRefused(JsonElement record) =>
        IsUnknownType(record)
        || record.GetProperty("id").GetString()!.StartsWith("no-type-", StringComparison.Ordinal)
        || record.GetProperty("encode").EnumerateArray().All(text => text.TryGetProperty("err", out _));

    private static bool IsUnknownType(JsonElement record) => record.GetProperty("id").GetString()!.StartsWith("unknown-type-", StringComparison.Ordinal);
}
