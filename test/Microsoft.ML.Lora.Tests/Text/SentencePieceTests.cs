using System.Text;
using System.Text.Json;
using Microsoft.ML.Lora.Text;
using Microsoft.ML.Lora.Text.Reading;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Text;

/// <summary>sentencepiece models: as sentencepiece itself has them, and as the transformers library converts them for T5 and Llama.</summary>
[TestClass]
public sealed class SentencePieceTests
{
    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public void ModelsWithoutAClassGiveWhatSentencePieceGives()
    {
        var run = new GoldenRun(TestContext, "sentencepiece models");
        IReadOnlyList<string> files = GoldenFiles.Files("*.json.gz", "tokenizers", "sentencepiece");
        if (!GoldenFiles.IsFullSet && files.Count == 0)
            Assert.Inconclusive($"These records are not in the compact selection; set {GoldenFiles.GoldensVariable}.");
        foreach (string path in files)
        {
            JsonElement file = TokenizerGoldens.ReadJson(path);
            string name = Path.GetFileName(path);
            string model = file.GetProperty("model").GetString()!;
            string? located = TokenizerGoldens.Locate(model.StartsWith("small/", StringComparison.Ordinal) ? "goldens/tokenizers/" + model : model);
            if (located is null)
            {
                run.LeaveOut(name, $"{model} is not in this selection");
                continue;
            }

            HuggingFaceTokenizer? tokenizer = null;
            run.Case(name, () => tokenizer = HuggingFaceTokenizer.Load([("tokenizer.model", File.ReadAllBytes(located))]));
            if (tokenizer is null)
                continue;
            run.Case($"{name} pieces", () => CheckPieces(file, tokenizer, new SentencePieceFile(name, File.ReadAllBytes(located))));
            Check(run, name, file, tokenizer);
            CheckConverted(run, name, file);
        }

        run.Finish();
    }

    [TestMethod]
    [DataRow("t5", "spiece.model", """{"tokenizer_class":"T5Tokenizer","extra_ids":100}""", "goldens/tokenizers/converted/t5.tokenizer.json.gz")]
    [DataRow("llama2", "tokenizer.model", """{"tokenizer_class":"LlamaTokenizer"}""", "goldens/tokenizers/converted/llama2-score-order.tokenizer.json.gz")]
    public void ClassesConvertTheModel(string folder, string model, string config, string converted)
    {
        string path = GoldenFiles.Data("tokenizers", folder, model);
        if (TokenizerGoldens.FindReal(converted) is not JsonElement file)
        {
            Assert.Inconclusive($"Nothing of '{converted}' is in this selection.");
            return;
        }

        HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.Load([(model, File.ReadAllBytes(path)), ("tokenizer_config.json", Encoding.UTF8.GetBytes(config))]);
        var run = new GoldenRun(TestContext, $"{folder} converted");
        foreach (JsonElement entry in file.GetProperty("single").EnumerateArray())
        {
            int i = entry.GetProperty("i").GetInt32();
            run.Case($"text {i}", () => Assert.AreEqual(
                TokenizerGoldens.Describe(entry, false, tokenizer), TokenizerGoldens.Describe(tokenizer.Encode(TokenizerGoldens.Strings[i]), false, [])));
        }

        foreach (JsonElement entry in file.GetProperty("pairs").EnumerateArray())
        {
            int i = entry.GetProperty("i").GetInt32();
            int j = entry.GetProperty("j").GetInt32();
            run.Case($"pair {i}, {j}", () => CollectionAssert.AreEqual(
                TokenizerGoldens.Ints(entry, "ids"), tokenizer.Encode(TokenizerGoldens.Strings[i], TokenizerGoldens.Strings[j]).Ids.ToArray()));
        }

        run.Finish();
    }

    /// <summary>Without <c>legacy</c> the model gives what the class makes of a tokenizer.json with the same merges.</summary>
    [TestMethod]
    [DataRow(""" "legacy":false,"add_eos_token":true """)]
    [DataRow(""" "legacy":false,"add_bos_token":false """)]
    [DataRow(""" "legacy":false,"add_prefix_space":false """)]
    public void LlamaWithoutLegacyPutsABlankBeforeTheFirstText(string settings)
    {
        string records = TokenizerGoldens.Folder("converted", "llama2-score-order.tokenizer.json.gz");
        if (!File.Exists(records))
            Assert.Inconclusive($"'{records}' is not in this selection.");
        (string, byte[]) config = ("tokenizer_config.json", Encoding.UTF8.GetBytes($$"""{"tokenizer_class":"LlamaTokenizer",{{settings}}}"""));
        HuggingFaceTokenizer model = HuggingFaceTokenizer.Load([("tokenizer.model", File.ReadAllBytes(GoldenFiles.Data("tokenizers", "llama2", "tokenizer.model"))), config]);
        HuggingFaceTokenizer file = HuggingFaceTokenizer.Load([("tokenizer.json", TokenizerGoldens.ReadBytes(records)), config]);
        foreach (string text in TokenizerGoldens.Strings.Append("a <s>b</s> c").Append(" <s> a"))
        {
            Assert.AreEqual(
                TokenizerGoldens.Describe(file.Encode(text, addSpecialTokens: false), true, []), TokenizerGoldens.Describe(model.Encode(text, addSpecialTokens: false), true, []));
            int[] ids = [.. model.Encode(text, addSpecialTokens: false).Ids];
            int[] begun = settings.Contains("add_bos_token") ? ids : [1, .. ids];
            CollectionAssert.AreEqual(settings.Contains("add_eos_token") ? [.. begun, 2] : begun, model.Encode(text).Ids.ToArray());
        }
    }

    /// <summary>Every way to cut a piece of a BPE model is looked at, so that its length is bounded.</summary>
    [TestMethod]
    [Timeout(60_000, CooperativeCancellation = false)]
    public void LongPiecesCostLittle()
    {
        (string, byte, float)[] Pieces(IEnumerable<int> lengths) => [("<unk>", 2, 0f), .. lengths.Select(length => (new string('a', length), (byte)1, -(float)length))];
        HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.Load([("tokenizer.model", Model(2, Pieces(Enumerable.Range(1, 1024)), addsBlank: false))]);
        Assert.HasCount(1, tokenizer.Encode(new string('a', 64)).Ids);
        var error = Assert.ThrowsExactly<LoraFormatException>(
            () => HuggingFaceTokenizer.Load([("tokenizer.model", Model(2, Pieces([1, 300_000]), addsBlank: false))]));
        StringAssert.Contains(error.Message, "300000 characters");
    }

    [TestMethod]
    public void DamagedModelsAreRefused()
    {
        byte[][] contents = [[], [0x0A], [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F], [0x0A, 0x02, 0x0A, 0x05], [0x0A, 0x03, 0x0A, 0x01, 0xFF], [0x0B]];
        foreach (byte[] content in contents)
        {
            var error = Assert.ThrowsExactly<LoraFormatException>(() => HuggingFaceTokenizer.Load([("spiece.model", content)]));
            StringAssert.Contains(error.Message, "spiece.model");
        }
    }

    /// <summary>What sentencepiece gives for a model with pieces that are found as they are (type 4); the normalizer leaves them alone.</summary>
    [TestMethod]
    [DataRow(1, "abc ca", "5 3 8 5 8 6")]
    [DataRow(1, "a<m>b", "5 6 2 7")]
    [DataRow(1, "cabc", "5 8 3 8")]
    [DataRow(1, "<m  A", "5 14 13 5 4")]
    [DataRow(1, "AbcabA", "5 4 10 3 4")]
    [DataRow(2, "abc ca", "5 3 8 5 12")]
    [DataRow(2, "a<m>b", "9 2 7")]
    [DataRow(2, "cabc", "5 8 3 8")]
    [DataRow(2, "<m  A", "5 14 13 5 4")]
    [DataRow(2, "AbcabA", "5 4 10 3 4")]
    public void UserDefinedPiecesStayWhole(int kind, string text, string expected)
    {
        byte[] model = WithUserDefinedPieces(kind);
        HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.Load([("tokenizer.model", model)]);
        HuggingFaceEncoding encoding = tokenizer.Encode(text);
        Assert.AreEqual(expected, string.Join(' ', encoding.Ids));
        Assert.AreEqual(expected, string.Join(' ', tokenizer.EncodeToIds(text)));
        Assert.AreEqual(text.Replace("  ", " "), tokenizer.Decode(encoding.Ids, skipSpecialTokens: false));
    }

    /// <summary>
    /// Pieces that are not to come out merge all the same, and go back to what they were made of: sentencepiece's own examples. "cd" never comes out,
    /// because "abc" is better. A single character has nothing to go back to.
    /// </summary>
    [TestMethod]
    [DataRow("", "abcd", "abcd")]
    [DataRow("abcd", "abcd", "abc d")]
    [DataRow("abcd ab", "abcd", "abc d")]
    [DataRow("abcd abc", "abcd", "ab c d")]
    [DataRow("abcd abc ab", "abcd", "a b c d")]
    [DataRow("abcd abc ab d", "abcdab?cd", "a b c d a b ? cd")]
    [DataRow("ab", "abababc", "a b a b abc")]
    public void UnusedPiecesGoBackToTheirParts(string unused, string text, string expected)
    {
        (string Piece, float Score)[] pieces = [("abcd", 10), ("abc", 5), ("ab", 2), ("cd", 1), ("a", 0), ("b", 0), ("c", 0), ("d", 0)];
        byte[] model = Model(
            2, [("<unk>", 2, 0), ("<s>", 3, 0), ("</s>", 3, 0), .. pieces.Select(p => (p.Piece, unused.Split(' ').Contains(p.Piece) ? (byte)5 : (byte)1, p.Score))],
            addsBlank: false);
        HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.Load([("tokenizer.model", model)]);
        HuggingFaceEncoding encoding = tokenizer.Encode(text);
        Assert.AreEqual(expected, string.Join(' ', encoding.Offsets.Select(offset => text[offset.Start..offset.End])));
        Assert.AreEqual(expected, string.Join(' ', encoding.Tokens));
        CollectionAssert.AreEqual(encoding.Ids.ToArray(), tokenizer.EncodeToIds(text).ToArray());
    }

    /// <summary>The classes take user-defined pieces out of the text before all else; control pieces are special.</summary>
    [TestMethod]
    [DataRow(2, "LlamaTokenizer", "cabc", "1 5 8 3 5 8")]
    [DataRow(2, "LlamaTokenizer", "a<s>A", "1 9 1 4")]
    [DataRow(1, "T5Tokenizer", "cabc", "5 8 3 5 8 15")]
    [DataRow(1, "T5Tokenizer", "a<m>A", "5 6 2 4 15")]
    public void ClassesTakeUserDefinedPiecesOut(int kind, string name, string text, string expected)
    {
        HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.Load(
        [
            ("tokenizer.model", WithUserDefinedPieces(kind)),
            ("tokenizer_config.json", Encoding.UTF8.GetBytes($$"""{"tokenizer_class":"{{name}}","extra_ids":0}""")),
        ]);
        Assert.AreEqual(expected, string.Join(' ', tokenizer.Encode(text).Ids));
        Assert.AreEqual("A", tokenizer.Decode([1, 4], skipSpecialTokens: true));
    }

    private static byte[] WithUserDefinedPieces(int kind)
    {
        (string Text, byte Type)[] pieces =
        [
            ("<unk>", 2), ("<s>", 3), ("<m>", 4), ("ab", 4), ("A", 4),
            .. new[] { "\u2581", "a", "b", "c", "\u2581a", "bc", "abc", "ca", "m", "<" }.Select(text => (text, (byte)1)),
        ];
        return Model(kind, [.. pieces.Select((piece, i) => (piece.Text, piece.Type, piece.Type == 1 ? (float)(4 - i) : 0f))], addsBlank: true);
    }

    /// <summary>A sentencepiece model: kind 1 is unigram, 2 is BPE; types are normal 1, unknown 2, control 3, user-defined 4, unused 5.</summary>
    private static byte[] Model(int kind, (string Text, byte Type, float Score)[] pieces, bool addsBlank)
    {
        var bytes = new List<byte>();
        foreach ((string piece, byte type, float score) in pieces)
        {
            byte[] text = Encoding.UTF8.GetBytes(piece);
            byte[] message = [0x0A, .. Length(text), .. text, 0x15, .. BitConverter.GetBytes(score), 0x18, type];
            bytes.AddRange([0x0A, .. Length(message), .. message]);
        }

        return [.. bytes, 0x12, 2, 0x18, (byte)kind, 0x1A, 2, 0x18, addsBlank ? (byte)1 : (byte)0];

        static IEnumerable<byte> Length(byte[] content)
        {
            int rest = content.Length;
            for (; rest > 127; rest >>= 7)
                yield return (byte)(rest | 128);
            yield return (byte)rest;
        }
    }

    private static void CheckPieces(JsonElement file, HuggingFaceTokenizer tokenizer, SentencePieceFile model)
    {
        Assert.AreEqual(file.GetProperty("pieces").GetInt32(), tokenizer.VocabularySize);
        Assert.AreEqual(file.GetProperty("unk").GetInt32(), model.UnknownId);
        foreach (string kind in new[] { "bos", "eos", "pad" })
        {
            // Control pieces have no text.
            int id = file.GetProperty(kind).GetInt32();
            Assert.IsTrue(id < 0 || model.Pieces[id].Type == SentencePieceType.Control, kind);
            Assert.AreEqual("", id < 0 ? "" : tokenizer.Decode([id], skipSpecialTokens: false), kind);
        }
    }

    /// <summary>What the transformers library has made of the model gives the same ids, but for the texts that the records name.</summary>
    private static void CheckConverted(GoldenRun run, string name, JsonElement file)
    {
        if (file.GetProperty("hf_differs").ValueKind == JsonValueKind.Null)
            return;
        string stem = name[..name.IndexOf('.')];
        string? converted = new[] { $"{stem}-score-order", stem }.Select(n => TokenizerGoldens.Folder("converted", n + ".tokenizer.json.gz")).FirstOrDefault(File.Exists);
        if (converted is null)
        {
            run.LeaveOut($"{name} converted", "it is not in this selection");
            return;
        }

        HuggingFaceTokenizer tokenizer = TokenizerGoldens.LoadTokenizer(converted);
        foreach (JsonElement record in file.GetProperty("single").EnumerateArray())
        {
            int i = record.GetProperty("i").GetInt32();
            run.Case($"{name} text {i} converted", () => Assert.AreEqual(
                record.TryGetProperty("hf_differs", out _),
                !TokenizerGoldens.Ints(record, "ids").SequenceEqual(tokenizer.EncodeToIds(TokenizerGoldens.Strings[i]))));
        }
    }

    private static void Check(GoldenRun run, string name, JsonElement file, HuggingFaceTokenizer tokenizer)
    {
        foreach (JsonElement record in file.GetProperty("single").EnumerateArray())
        {
            int i = record.GetProperty("i").GetInt32();
            run.Case($"{name} text {i}", () =>
            {
                string text = TokenizerGoldens.Strings[i];
                if (record.TryGetProperty("n", out JsonElement normalized))
                    Assert.AreEqual(normalized.GetString(), tokenizer.Pipeline.Normalizer!.Normalize(text), "normalized");
                HuggingFaceEncoding encoding = tokenizer.Encode(text);
                int[] ids = TokenizerGoldens.Ints(record, "ids");
                CollectionAssert.AreEqual(ids, encoding.Ids.ToArray());
                CollectionAssert.AreEqual(ids, tokenizer.EncodeToIds(text).ToArray());
                string[] tokens = [.. ids.Select(id => tokenizer.IdToToken(id)!)];
                if (record.TryGetProperty("tk", out JsonElement changed))
                {
                    foreach (JsonElement change in changed.EnumerateArray())
                        tokens[change[0].GetInt32()] = change[1].GetString()!;
                }

                CollectionAssert.AreEqual(tokens, encoding.Tokens.ToArray());
                if (record.TryGetProperty("d", out JsonElement decoded))
                    Assert.AreEqual(decoded.GetString(), tokenizer.Decode(ids, skipSpecialTokens: false), "decoded");
            });
        }

        int at = 0;
        foreach (JsonElement record in file.GetProperty("decode").EnumerateArray())
            run.Case($"{name} decode {at++}", () => Assert.AreEqual(record.GetProperty("d").GetString(), tokenizer.Decode(TokenizerGoldens.Ints(record, "ids"), false)));
    }
}
