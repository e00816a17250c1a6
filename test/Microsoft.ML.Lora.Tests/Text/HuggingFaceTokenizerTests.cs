using System.Buffers;
using System.Text;
using Microsoft.ML.Lora.Text;
using Microsoft.ML.Tokenizers;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Text;

/// <summary>The contract of <see cref="Tokenizer"/>, and the path that models use.</summary>
[TestClass]
public sealed class HuggingFaceTokenizerTests
{
    private const string Text = "Hello  wörld, héllo!";

    private static HuggingFaceTokenizer Bert { get; } = HuggingFaceTokenizer.Load(
    [
        ("vocab.txt", Encoding.UTF8.GetBytes("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nhel\n##lo\nworld\n,\n!\n")),
        ("tokenizer_config.json", "{\"tokenizer_class\":\"BertTokenizer\"}"u8.ToArray()),
    ]);

    [TestMethod]
    public void TokensCarryRangesOfTheTextAsGiven()
    {
        Tokenizer tokenizer = Bert;
        IReadOnlyList<EncodedToken> tokens = tokenizer.EncodeToTokens(Text, out string? normalized);
        Assert.IsNull(normalized);
        string[] expected = ["hel", "##lo", "world", ",", "hel", "##lo", "!"];
        CollectionAssert.AreEqual(expected, tokens.Select(t => t.Value).ToArray());
        string[] sources = ["Hel", "lo", "wörld", ",", "hél", "lo", "!"];
        CollectionAssert.AreEqual(sources, tokens.Select(t => Text[t.Offset]).ToArray());
        CollectionAssert.AreEqual(tokens.Select(t => t.Id).ToArray(), tokenizer.EncodeToIds(Text).ToArray());
        CollectionAssert.AreEqual(tokens.Select(t => t.Id).ToArray(), tokenizer.EncodeToIds(Text.AsSpan()).ToArray());
        Assert.AreEqual(tokens.Count, tokenizer.CountTokens(Text));
        Assert.AreEqual(tokens.Count, tokenizer.CountTokens(Text.AsSpan()));
    }

    [TestMethod]
    public void LimitsCountTokensFromEitherEnd()
    {
        Tokenizer tokenizer = Bert;
        IReadOnlyList<int> ids = tokenizer.EncodeToIds(Text, 3, out _, out int consumed);
        Assert.HasCount(3, ids);
        Assert.AreEqual("Hello  wörld", Text[..consumed]);
        Assert.AreEqual(consumed, tokenizer.GetIndexByTokenCount(Text, 3, out _, out int count));
        Assert.AreEqual(3, count);
        Assert.AreEqual("héllo!", Text[tokenizer.GetIndexByTokenCountFromEnd(Text, 3, out _, out count)..]);
        Assert.AreEqual(3, count);
        Assert.AreEqual(Text.Length, tokenizer.GetIndexByTokenCount(Text, 100, out _, out count));
        Assert.AreEqual(7, count);
        Assert.AreEqual(0, tokenizer.GetIndexByTokenCountFromEnd(Text, 100, out _, out _));
        Assert.AreEqual(0, tokenizer.GetIndexByTokenCount(Text, 0, out _, out count));
        Assert.AreEqual(Text.Length, tokenizer.GetIndexByTokenCountFromEnd(Text, 0, out _, out count));
    }

    [TestMethod]
    [DataRow(1, 1, 1)]
    [DataRow(2, 1, 1)]
    [DataRow(3, 1, 1)]
    [DataRow(4, 4, 2)]
    [DataRow(6, 4, 2)]
    [DataRow(7, 7, 3)]
    [DataRow(8, 8, 4)]
    public void LimitsDoNotCutCharacters(int most, int count, int end)
    {
        // Three bytes each for the two signs, and a token each for the bytes.
        const string Signs = "a\u20AC\u20ACb";
        Tokenizer tokenizer = Bytes();
        Assert.AreEqual(8, tokenizer.CountTokens(Signs));
        Assert.HasCount(count, tokenizer.EncodeToIds(Signs, most, out _, out int consumed));
        Assert.AreEqual(end, consumed);
        Assert.AreEqual(end, tokenizer.GetIndexByTokenCount(Signs, most, out _, out int found));
        Assert.AreEqual(count, found);
        Assert.AreEqual(count, tokenizer.CountTokens(Signs[..end]), "what is taken has as many tokens");
        int from = tokenizer.GetIndexByTokenCountFromEnd(Signs, most, out _, out found);
        Assert.AreEqual(most switch { < 4 => 3, < 7 => 2, 7 => 1, _ => 0 }, from);
        Assert.AreEqual(found, tokenizer.CountTokens(Signs[from..]));
        Assert.IsLessThanOrEqualTo(most, found);
    }

    /// <summary>A token for each byte.</summary>
    private static HuggingFaceTokenizer Bytes()
    {
        var vocabulary = new Dictionary<string, int> { ["a"] = 0, ["b"] = 1, ["\u00E2"] = 2, ["\u0124"] = 3, ["\u00AC"] = 4 };
        return HuggingFaceTokenizer.Load([("tokenizer.json", Encoding.UTF8.GetBytes(System.Text.Json.JsonSerializer.Serialize(new
        {
            pre_tokenizer = new { type = "ByteLevel", add_prefix_space = false, trim_offsets = true },
            model = new { type = "BPE", vocab = vocabulary, merges = Array.Empty<string>() },
            decoder = new { type = "ByteLevel", add_prefix_space = false, trim_offsets = true },
        })))]);
    }

    [TestMethod]
    public void DecodingFillsABufferAsFarAsItGoes()
    {
        Tokenizer tokenizer = Bert;
        IReadOnlyList<int> ids = tokenizer.EncodeToIds(Text);
        string text = tokenizer.Decode(ids);
        Assert.AreEqual("hello world, hello!", text);
        char[] buffer = new char[text.Length];
        Assert.AreEqual(OperationStatus.Done, tokenizer.Decode(ids, buffer, out int consumed, out int written));
        Assert.AreEqual((ids.Count, text.Length), (consumed, written));
        Assert.AreEqual(OperationStatus.DestinationTooSmall, tokenizer.Decode(ids, buffer.AsSpan(0, 12), out consumed, out written));
        Assert.AreEqual("hello world,", new string(buffer, 0, written));
        Assert.AreEqual(4, consumed);
    }

    /// <summary>A beginning that ends within a character, or is longer than a longer one, does not hide the longest that fits.</summary>
    [TestMethod]
    [DataRow("\u20ACab", 2, 4, "\u20ACa")]
    [DataRow("\u20ACab", 1, 3, "\u20AC")]
    [DataRow("\u20ACab", 0, 0, "")]
    [DataRow("a\u20AC\u20ACb", 2, 4, "a\u20AC")]
    [DataRow("a\u20AC\u20ACb", 3, 7, "a\u20AC\u20AC")]
    public void DecodingFillsABufferWithWholeCharacters(string text, int room, int consumed, string expected)
    {
        Tokenizer tokenizer = Bytes();
        IReadOnlyList<int> ids = tokenizer.EncodeToIds(text);
        char[] buffer = new char[room];
        Assert.AreEqual(OperationStatus.DestinationTooSmall, tokenizer.Decode(ids, buffer, out int found, out int written));
        Assert.AreEqual(expected, new string(buffer, 0, written));
        Assert.AreEqual(consumed, found);
    }

    [TestMethod]
    public void IdsThatThereAreNotArePassedOver()
    {
        Assert.AreEqual("", Bert.Decode([]));
        Assert.AreEqual("", Bert.Decode([-1, int.MinValue, int.MaxValue, 10]));
        Assert.AreEqual("hello", Bert.Decode([-1, 5, 1000, 6], skipSpecialTokens: true));
        Assert.AreEqual(OperationStatus.Done, Bert.Decode([-1], [], out int consumed, out int written));
        Assert.AreEqual((1, 0), (consumed, written));
        Assert.IsNull(Bert.IdToToken(-1));
        Assert.ThrowsExactly<ArgumentNullException>(() => Bert.Decode(null!));
    }

    [TestMethod]
    public void IdsAreWrittenWhereTheyFit()
    {
        int[] ids = new int[8];
        Assert.IsTrue(Bert.TryEncodeToIds(Text, ids, out int count));
        CollectionAssert.AreEqual(Bert.EncodeToIds(Text).ToArray(), ids[..count]);
        Array.Fill(ids, -1);
        Assert.IsFalse(Bert.TryEncodeToIds(Text, ids.AsSpan(0, count - 1), out int needed));
        Assert.AreEqual(count, needed);
        Assert.AreEqual(-1, ids[0]);
        Assert.IsTrue(Bert.TryEncodeToIds("", [], out needed));
        Assert.AreEqual(0, needed);
    }

    [TestMethod]
    public void StepsCanBeLeftOut()
    {
        Tokenizer tokenizer = Bert;
        int[] unnormalized = [1, 1, 8, 1, 9];
        CollectionAssert.AreEqual(unnormalized, tokenizer.EncodeToIds(Text, considerNormalization: false).ToArray());
        int[] uncut = [1];
        CollectionAssert.AreEqual(uncut, tokenizer.EncodeToIds(Text, considerPreTokenization: false).ToArray());
    }

    [TestMethod]
    public void HalvesOfSurrogatePairsCountAsReplacementCharacters()
    {
        HuggingFaceEncoding encoding = Bert.Encode("hello\uD83D world\uDE00");
        HuggingFaceEncoding replaced = Bert.Encode("hello\uFFFD world\uFFFD");
        CollectionAssert.AreEqual(replaced.Ids.ToArray(), encoding.Ids.ToArray());
        CollectionAssert.AreEqual(replaced.Offsets.ToArray(), encoding.Offsets.ToArray());
    }

    [TestMethod]
    public void TextEncoderShortensTheLongerTextAndSaysSo()
    {
        var encoder = new TextEncoder(Bert, 8);
        TokenizedText pair = encoder.Encode("hello world hello", "hello");
        int[] ids = [2, 5, 6, 7, 3, 5, 6, 3];
        byte[] types = [0, 0, 0, 0, 0, 1, 1, 1];
        CollectionAssert.AreEqual(ids, pair.Ids);
        CollectionAssert.AreEqual(types, pair.TypeIds);
        Assert.IsTrue(pair.Truncated);
        TokenizedText single = encoder.Encode("hello world");
        int[] singleIds = [2, 5, 6, 7, 3];
        CollectionAssert.AreEqual(singleIds, single.Ids);
        Assert.IsNull(single.TypeIds);
        Assert.IsFalse(single.Truncated);
        int[] empty = [2, 3];
        CollectionAssert.AreEqual(empty, encoder.Encode("").Ids);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new TextEncoder(Bert, 3));
    }

    [TestMethod]
    public void IdsOfKnownWordsCostNoMemory()
    {
        var ids = new Microsoft.ML.Lora.Text.Pipeline.IdList();
        string text = string.Concat(Enumerable.Repeat("hello world, ", 2000));
        for (int i = 0; i < 3; i++)
        {
            ids.Clear();
            Bert.Pipeline.EncodeIds(text, ids);
        }

        ids.Clear();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Bert.Pipeline.EncodeIds(text, ids);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.AreEqual(8000, ids.Count);
        Assert.IsLessThan(1000L, allocated, $"{allocated} bytes for {ids.Count} tokens");
    }

    [TestMethod]
    public void ManyThreadsGetTheSame()
    {
        var encoder = new TextEncoder(Bert, 64);
        string[] texts = [.. Enumerable.Range(0, 500).Select(i => string.Concat(Enumerable.Repeat("hello wörld! ", i % 7)) + i)];
        int[][] expected = [.. texts.Select(text => encoder.Encode(text).Ids)];
        HuggingFaceTokenizer fresh = HuggingFaceTokenizer.Load(Bert.Files);
        var concurrent = new TextEncoder(fresh, 64);
        Parallel.For(0, 4 * texts.Length, i => CollectionAssert.AreEqual(expected[i % texts.Length], concurrent.Encode(texts[i % texts.Length]).Ids));
    }

    [TestMethod]
    public void MissingFilesAreNamed()
    {
        Assert.ThrowsExactly<DirectoryNotFoundException>(() => HuggingFaceTokenizer.Load(Path.Combine(Path.GetTempPath(), "no-such-folder-of-a-tokenizer")));
        var error = Assert.ThrowsExactly<LoraFormatException>(() => HuggingFaceTokenizer.Load([("vocab.txt", "a\n"u8.ToArray())]));
        StringAssert.Contains(error.Message, "tokenizer_config.json");
        error = Assert.ThrowsExactly<LoraFormatException>(() => HuggingFaceTokenizer.Load([]));
        StringAssert.Contains(error.Message, "tokenizer.json");
    }
}
