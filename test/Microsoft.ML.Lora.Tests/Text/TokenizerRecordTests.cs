using System.Text.Json;
using Microsoft.ML.Lora.Text;
using Microsoft.ML.Lora.Text.PostProcessors;
using Microsoft.ML.Tokenizers;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Text;

/// <summary>Every record of whole tokenizers: single texts, pairs, batches, decoding; by the full path and by the one for ids alone.</summary>
[TestClass]
public sealed class TokenizerRecordTests
{
    /// <summary>For each file the decodings that the older version of the recorded library gives otherwise; null where the set does not tell.</summary>
    private static readonly Lazy<Dictionary<string, int[]>?> s_versionDifferences = new(() =>
        TokenizerGoldens.Folder("version_differences.json") is var path && File.Exists(path)
            ? GoldenJson.Load(path).GetProperty("cases").EnumerateArray()
                .ToDictionary(c => c.GetProperty("file").GetString()!, c => c.TryGetProperty("decode", out _) ? TokenizerGoldens.Ints(c, "decode") : [])
            : null);

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public void RealTokenizersGiveTheRecords()
    {
        var run = new GoldenRun(TestContext, "real tokenizers");
        if (!GoldenFiles.IsFullSet && GoldenFiles.Files("*.json.gz", "tokenizers", "real").Count == 0)
            Assert.Inconclusive($"Real vocabularies are not in the compact selection; set {GoldenFiles.GoldensVariable}.");
        foreach (string path in GoldenFiles.Files("*.json.gz", "tokenizers", "real"))
        {
            JsonElement file = TokenizerGoldens.ReadJson(path);
            string name = Path.GetFileName(path);
            string? tokenizer = TokenizerGoldens.Locate(file.GetProperty("tokenizer").GetString()!);
            if (tokenizer is null)
                run.LeaveOut(name, $"{file.GetProperty("tokenizer").GetString()} is not in this selection");
            else
                Check(run, "real/" + name, file, () => TokenizerGoldens.LoadTokenizer(tokenizer, file.GetProperty("edits")));
        }

        run.Finish();
    }

    [TestMethod]
    public void SmallTokenizersGiveTheRecords()
    {
        var run = new GoldenRun(TestContext, "small tokenizers");
        foreach (string path in GoldenFiles.Files("*.expected.json.gz", "tokenizers", "small"))
        {
            JsonElement file = TokenizerGoldens.ReadJson(path);
            string name = Path.GetFileName(path);
            string tokenizer = path.Replace(".expected.json.gz", ".tokenizer.json", StringComparison.Ordinal);
            if (file.TryGetProperty("load_error", out _))
                run.Case(name, () => Assert.ThrowsExactly<LoraFormatException>(() => TokenizerGoldens.LoadTokenizer(tokenizer)));
            else
                Check(run, "small/" + name, file, () => TokenizerGoldens.LoadTokenizer(tokenizer));
        }

        run.Finish();
    }

    /// <summary>Compares a tokenizer with its records.</summary>
    /// <param name="run">Counts what is compared.</param>
    /// <param name="name">The record's file; behind a blank, what is special of this run.</param>
    /// <param name="file">The records.</param>
    /// <param name="load">Loads the tokenizer.</param>
    internal static void Check(GoldenRun run, string name, JsonElement file, Func<HuggingFaceTokenizer> load)
    {
        HuggingFaceTokenizer? tokenizer = null;
        run.Case(name, () => tokenizer = load());
        if (tokenizer is null)
            return;
        IReadOnlyList<string> strings = TokenizerGoldens.Strings;
        run.Case($"{name} sizes", () => CheckSizes(file, tokenizer));
        foreach (JsonElement record in file.GetProperty("single").EnumerateArray())
        {
            int i = record.GetProperty("i").GetInt32();
            run.Case($"{name} text {i}", () => CheckSingle(record, tokenizer, strings[i]));
        }

        foreach (JsonElement record in file.GetProperty("pairs").EnumerateArray())
        {
            int i = record.GetProperty("i").GetInt32();
            int j = record.GetProperty("j").GetInt32();
            run.Case($"{name} pair {i}, {j}", () =>
            {
                Compare(record, tokenizer, () => tokenizer.Encode(strings[i], strings[j]), true);
                if (!record.TryGetProperty("err", out _) && tokenizer.Truncation is null && tokenizer.Padding is null)
                {
                    CollectionAssert.AreEqual(
                        TokenizerGoldens.Ints(record, "ids"), new TextEncoder(tokenizer, 1 << 20).Encode(strings[i], strings[j]).Ids, "TextEncoder");
                }
            });
        }

        if (file.TryGetProperty("batches", out JsonElement batches))
        {
            int at = 0;
            foreach (JsonElement batch in batches.EnumerateArray())
                run.Case($"{name} batch {at++}", () => CheckBatch(batch, tokenizer));
        }

        CheckDecoding(run, name, file, tokenizer);
    }

    private static void CheckSizes(JsonElement file, HuggingFaceTokenizer tokenizer)
    {
        if (file.TryGetProperty("vocab_size_with_added", out JsonElement size))
            Assert.AreEqual(size.GetInt32(), tokenizer.VocabularySize);
        if (file.TryGetProperty("vocab_size", out size))
            Assert.AreEqual(size.GetInt32(), tokenizer.Pipeline.Model.VocabularySize, "without added tokens");
    }

    private static void CheckSingle(JsonElement record, HuggingFaceTokenizer tokenizer, string text)
    {
        Compare(record, tokenizer, () => tokenizer.Encode(text), false);
        if (record.TryGetProperty("ns", out JsonElement without))
        {
            Compare(without, tokenizer, () => tokenizer.Encode(text, addSpecialTokens: false), false);
            return;
        }

        if (record.TryGetProperty("err", out _))
        {
            // A text that is too long with special tokens may not be so without them.
            if (tokenizer.Truncation is null)
                Assert.ThrowsExactly<InvalidOperationException>(() => tokenizer.Encode(text, addSpecialTokens: false));
            return;
        }

        HuggingFaceEncoding bare = tokenizer.Encode(text, addSpecialTokens: false);
        Assert.AreEqual(TokenizerGoldens.Describe(record, false, tokenizer, bare: true), TokenizerGoldens.Describe(bare, false, []), "without special tokens");
        if (tokenizer.Truncation is not null || tokenizer.Padding is not null)
            return;
        CollectionAssert.AreEqual(bare.Ids.ToArray(), tokenizer.EncodeToIds(text).ToArray(), "EncodeToIds");
        Assert.AreEqual(bare.Count, tokenizer.CountTokens(text), "CountTokens");
        CheckTokens(tokenizer.EncodeToTokens(text, out _), bare, trims: tokenizer.Pipeline.PostProcessor is not (null or TemplatePostProcessor or BertPostProcessor));
        CollectionAssert.AreEqual(
            TokenizerGoldens.Ints(record, "ids"), new TextEncoder(tokenizer, 1 << 20).Encode(text).Ids, "TextEncoder");
    }

    /// <summary>The same tokens with the same ranges, with what a post-processor cuts off.</summary>
    private static void CheckTokens(IReadOnlyList<EncodedToken> found, HuggingFaceEncoding expected, bool trims)
    {
        CollectionAssert.AreEqual(
            expected.Ids.Select((id, i) => (id, expected.Tokens[i])).ToArray(), found.Select(token => (token.Id, token.Value)).ToArray(), "EncodeToTokens");
        for (int i = 0; i < found.Count; i++)
        {
            (int start, int end) = expected.Offsets[i];
            (int from, int to) = (found[i].Offset.Start.Value, found[i].Offset.End.Value);
            Assert.IsTrue(trims ? from <= start && end <= to : (from, to) == (start, end), $"EncodeToTokens, {i}: {from}..{to} for {start}..{end}");
        }
    }

    private static void CheckBatch(JsonElement batch, HuggingFaceTokenizer tokenizer)
    {
        IReadOnlyList<string> strings = TokenizerGoldens.Strings;
        (string, string?)[] texts = batch.TryGetProperty("is", out JsonElement singles)
            ? [.. singles.EnumerateArray().Select(i => (strings[i.GetInt32()], (string?)null))]
            : [.. batch.GetProperty("ps").EnumerateArray().Select(p => (strings[p[0].GetInt32()], (string?)strings[p[1].GetInt32()]))];
        if (batch.TryGetProperty("err", out _))
        {
            Assert.ThrowsExactly<InvalidOperationException>(() => tokenizer.EncodeBatch(texts));
            return;
        }

        IReadOnlyList<HuggingFaceEncoding> found = tokenizer.EncodeBatch(texts);
        int row = 0;
        foreach (JsonElement record in batch.GetProperty("rows").EnumerateArray())
        {
            HuggingFaceEncoding encoding = found[row++];
            Compare(record, tokenizer, () => encoding, record.TryGetProperty("sq", out _));
        }

        Assert.HasCount(row, found);
    }

    /// <summary>
    /// Versions of the library differ in what they decode an added token to that is matched in normalized text: the older one gives the
    /// file's own text (and skips it where it is special), the newer one, which made the records, its normalized form (and does not). This
    /// project follows the older one; where a record has such a token, the newer rule is put on top of this project's decoder.
    /// </summary>
    private static void CheckDecoding(GoldenRun run, string name, JsonElement file, HuggingFaceTokenizer tokenizer)
    {
        Dictionary<int, string?> stored = [];
        foreach (JsonElement entry in file.GetProperty("id_to_token_differs").EnumerateArray())
        {
            // The file's text for the id, or the library's, where the ids in the file are not those the tokens get.
            string? found = tokenizer.IdToToken(entry[0].GetInt32());
            run.Case($"{name} token {entry[0]}", () => Assert.IsTrue(found == entry[1].GetString() || found == entry[2].GetString(), found));
            stored[entry[0].GetInt32()] = entry[2].GetString();
        }

        string Decode(int[] ids, bool skip)
        {
            if (!ids.Any(stored.ContainsKey))
                return tokenizer.Decode(ids, skip);
            List<string> tokens =
            [
                .. ids.Select(id => stored.TryGetValue(id, out string? text) ? text : tokenizer.IdToToken(id))
                    .OfType<string>().Where(token => !skip || !tokenizer.Pipeline.Added.IsSpecial(token)),
            ];
            return tokenizer.Pipeline.Decoder is { } decoder ? string.Concat(decoder.Decode(tokens)) : string.Join(' ', tokens);
        }

        int at = 0;
        List<int> older = [];
        foreach (JsonElement record in file.GetProperty("decode").EnumerateArray())
        {
            int position = at++;
            run.Case($"{name} decode {position}", () =>
            {
                int[] ids = TokenizerGoldens.Ints(record, "ids");
                string skip = record.GetProperty("skip").GetString()!;
                string keep = record.TryGetProperty("keep", out JsonElement kept) ? kept.GetString()! : skip;
                Assert.AreEqual(skip, Decode(ids, skip: true));
                Assert.AreEqual(keep, Decode(ids, skip: false));
                if (tokenizer.Decode(ids, true) != skip || tokenizer.Decode(ids, false) != keep)
                    older.Add(position);
            });
        }

        // Where the two versions differ this project is the older one, and nowhere else.
        if (s_versionDifferences.Value is { } differences)
            run.Case($"{name} versions", () => CollectionAssert.AreEqual(differences.GetValueOrDefault(name.Split(' ')[0], []), older));

        if (!file.TryGetProperty("roundtrip", out JsonElement roundtrips))
            return;
        foreach (JsonElement record in roundtrips.EnumerateArray())
        {
            int i = record.GetProperty("i").GetInt32();
            run.Case($"{name} round trip {i}", () => Assert.AreEqual(
                record.GetProperty("d").GetString(), Decode([.. tokenizer.Encode(TokenizerGoldens.Strings[i]).Ids], skip: true)));
        }
    }

    private static void Compare(JsonElement record, HuggingFaceTokenizer tokenizer, Func<HuggingFaceEncoding> encode, bool withSequences)
    {
        if (record.TryGetProperty("err", out _))
        {
            Assert.ThrowsExactly<InvalidOperationException>(encode);
            return;
        }

        Assert.AreEqual(TokenizerGoldens.Describe(record, withSequences, tokenizer), TokenizerGoldens.Describe(encode(), withSequences, []));
    }
}
