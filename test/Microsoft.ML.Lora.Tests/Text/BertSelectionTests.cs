using System.Text;
using System.Text.Json;
using Microsoft.ML.Lora.Text;
using Microsoft.ML.Lora.Text.Classes;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Text;

/// <summary>Which BERT tokenizer comes of vocab.txt, tokenizer.json, tokenizer_config.json and special_tokens_map.json.</summary>
[TestClass]
public sealed class BertSelectionTests
{
    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public void FilesAndSettingsGiveTheRecords()
    {
        var run = new GoldenRun(TestContext, "BERT selection");
        string path = TokenizerGoldens.Folder("bert_selection.json.gz");
        if (!File.Exists(path))
            Assert.Inconclusive($"'{path}' is not in this selection.");
        JsonElement file = TokenizerGoldens.ReadJson(path);
        string vocabulary = file.GetProperty("vocab").GetString()!;
        string? vocab = TokenizerGoldens.Locate(vocabulary);
        string? json = TokenizerGoldens.Locate(vocabulary.Replace("vocab.txt", "tokenizer.json", StringComparison.Ordinal));
        foreach (JsonElement record in file.GetProperty("cases").EnumerateArray())
        {
            string name = record.GetProperty("id").GetString()!;
            if (vocab is null || json is null)
                run.LeaveOut(name, $"{vocabulary} is not in this selection");
            else
                run.Case(name, () => Check(record, File.ReadAllBytes(vocab), File.ReadAllBytes(json)));
        }

        if (vocab is null || json is null)
            Assert.Inconclusive($"{vocabulary} is not in this selection.");
        run.Finish();
    }

    [TestMethod]
    public void OddLinesOfAVocabularyAreTokensToo()
    {
        byte[] vocab = Encoding.UTF8.GetBytes("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n\n b \nc\na\nd");
        HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.Load([("vocab.txt", vocab), ("config.json", "{\"model_type\":\"bert\"}"u8.ToArray())]);

        // The empty line and the one with blanks count; of two equal lines the later one is the token's id.
        int[] expected = [2, 9, 8, 10, 3];
        CollectionAssert.AreEqual(expected, tokenizer.Encode("a c d").Ids.ToArray());
        Assert.AreEqual(7, tokenizer.TokenToId(" b "));
        Assert.AreEqual(10, tokenizer.VocabularySize);
    }

    /// <summary>Models of other names have BERT's tokenizer too, and its type ids.</summary>
    [TestMethod]
    [DataRow("bert")]
    [DataRow("distilbert")]
    [DataRow("electra")]
    [DataRow("mobilebert")]
    [DataRow("ernie")]
    [DataRow("layoutlm")]
    public void TheModelTypeChoosesTheClass(string modelType)
    {
        byte[] vocab = Encoding.UTF8.GetBytes("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n");
        HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.Load([("vocab.txt", vocab), ("config.json", Encoding.UTF8.GetBytes($$"""{"model_type":"{{modelType}}"}"""))]);
        Assert.AreEqual("2 5 3", string.Join(' ', tokenizer.Encode("A").Ids));
        Assert.Contains("token_type_ids", tokenizer.ModelInputNames);
    }

    [TestMethod]
    public void TheFilesRestoreTheTokenizer()
    {
        byte[] vocab = Encoding.UTF8.GetBytes("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nhello\nWorld\n##s\n");
        byte[] config = Encoding.UTF8.GetBytes("""{"tokenizer_class":"BertTokenizerFast","do_lower_case":false,"model_max_length":8}""");
        HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.Load([("vocab.txt", vocab), ("tokenizer_config.json", config), ("README.md", [1])]);
        CollectionAssert.AreEquivalent(new[] { "vocab.txt", "tokenizer_config.json" }, tokenizer.Files.Select(f => f.Name).ToArray());
        HuggingFaceTokenizer restored = HuggingFaceTokenizer.Load(tokenizer.Files);
        int[] expected = [2, 5, 6, 7, 3];
        CollectionAssert.AreEqual(expected, tokenizer.Encode("hello Worlds").Ids.ToArray());
        CollectionAssert.AreEqual(expected, restored.Encode("hello Worlds").Ids.ToArray());
        Assert.AreEqual(8, restored.ModelMaxLength);
    }

    private static void Check(JsonElement record, byte[] vocab, byte[] json)
    {
        var files = new List<(string, byte[])>();
        JsonElement kinds = record.GetProperty("files");
        if (kinds.TryGetProperty("vocab", out JsonElement kind))
            files.Add(("vocab.txt", Vary(vocab, kind.ToString(), record)));
        if (kinds.TryGetProperty("json", out _))
            files.Add(("tokenizer.json", json));
        if (kinds.TryGetProperty("config", out JsonElement model))
            files.Add(("config.json", model.ValueKind == JsonValueKind.Object ? Encoding.UTF8.GetBytes(model.GetRawText()) : "{\"model_type\":\"bert\"}"u8.ToArray()));
        if (kinds.TryGetProperty("map", out JsonElement map))
            files.Add(("special_tokens_map.json", Encoding.UTF8.GetBytes(map.GetRawText())));
        JsonElement config = record.GetProperty("tokenizer_config");
        if (config.ValueKind == JsonValueKind.Object)
            files.Add(("tokenizer_config.json", Encoding.UTF8.GetBytes(config.GetRawText())));

        if (record.TryGetProperty("err", out _))
        {
            Assert.ThrowsExactly<LoraFormatException>(() => HuggingFaceTokenizer.Load(files));
            return;
        }

        HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.Load(files);
        foreach (JsonElement text in record.GetProperty("encode").EnumerateArray())
        {
            HuggingFaceEncoding encoding = tokenizer.Encode(text.GetProperty("text").GetString()!);
            CollectionAssert.AreEqual(TokenizerGoldens.Ints(text, "ids"), encoding.Ids.ToArray());
            CollectionAssert.AreEqual(text.GetProperty("tokens").EnumerateArray().Select(t => t.GetString()).ToArray(), encoding.Ids.Select(tokenizer.IdToToken).ToArray());
        }

        Assert.AreEqual(record.GetProperty("len").GetInt32(), tokenizer.VocabularySize);
        Assert.AreEqual(record.GetProperty("vocab_size").GetInt32(), tokenizer.Pipeline.Model.VocabularySize);
        Assert.AreEqual(TokenizerGoldens.Length(record.GetProperty("model_max_length")), tokenizer.ModelMaxLength);
        Assert.AreEqual(record.GetProperty("padding_side").GetString(), tokenizer.PaddingSide.ToString().ToLowerInvariant());
        Assert.AreEqual(record.GetProperty("truncation_side").GetString(), tokenizer.TruncationSide.ToString().ToLowerInvariant());
        JsonElement[] added = [.. record.GetProperty("added_tokens").EnumerateArray()];
        CollectionAssert.AreEqual(
            added.Select(t => $"{t.GetProperty("id")} {t.GetProperty("content")} {Flag(t, "single_word")} {Flag(t, "lstrip")} {Flag(t, "rstrip")} {Flag(t, "normalized")} {Flag(t, "special")}").ToArray(),
            tokenizer.Pipeline.Added.Tokens.OrderBy(t => t.Key).Select(t => $"{t.Key} {t.Value.Content} {t.Value.SingleWord} {t.Value.LStrip} {t.Value.RStrip} {t.Value.Normalized} {t.Value.Special}").ToArray());
        var special = record.GetProperty("special").EnumerateObject().ToDictionary(token => token.Name, token => token.Value.GetString()!);
        CollectionAssert.AreEqual(special, tokenizer.SpecialTokens.ToDictionary(), "special tokens");
        Assert.AreEqual(special.GetValueOrDefault("pad_token"), tokenizer.PaddingToken);

        // What the class makes of the settings, as the file would say it.
        Assert.AreEqual(TokenizerClass.Find(record.GetProperty("class").GetString()), tokenizer.Settings.Class);
        foreach (string part in new[] { "normalizer", "pre_tokenizer", "post_processor", "decoder", "model" })
            RecordedParts.Check(part, record.GetProperty(part), tokenizer);

        // One of the texts, shortened to the greatest length.
        int[] shortened = TokenizerGoldens.Ints(record, "truncated");
        Assert.IsTrue(record.GetProperty("encode").EnumerateArray().Any(text =>
            tokenizer.Call([(text.GetProperty("text").GetString()!, null)], new HuggingFaceCallOptions { Truncate = true })[0].Encoding.Ids.SequenceEqual(shortened)), "truncated");
    }

    private static bool Flag(JsonElement token, string name) => token.GetProperty(name).GetBoolean();

    /// <summary>The vocabulary as the record says: other line breaks, an odd line, and so on.</summary>
    private static byte[] Vary(byte[] vocab, string kind, JsonElement record)
    {
        string text = Encoding.UTF8.GetString(vocab);
        return Encoding.UTF8.GetBytes(kind switch
        {
            "1" => text,
            "crlf" => text.Replace("\n", "\r\n", StringComparison.Ordinal),
            "nonl" => text.TrimEnd('\n'),
            "bom" => "\uFEFF" + text,
            _ => Restore(text.TrimEnd('\n').Split('\n'), record),
        });
    }

    /// <summary>
    /// The vocabulary of a record that tells it by the ids of its tokens alone. Where they are farther from the usual ones than those of the tokens
    /// before, lines were put in: a second line for a token that has moved by itself, else blanks, in growing number.
    /// </summary>
    private static string Restore(string[] lines, JsonElement record)
    {
        Dictionary<string, int> ids = [];
        foreach (JsonElement text in record.GetProperty("encode").EnumerateArray())
        {
            int[] found = TokenizerGoldens.Ints(text, "ids");
            int at = 0;
            foreach (JsonElement token in text.GetProperty("tokens").EnumerateArray())
                ids[token.GetString()!] = found[at++];
        }

        var restored = new List<string>();
        int blanks = 0;
        for (int i = 0; i < lines.Length; i++)
        {
            int shift = restored.Count - i;
            if (ids.TryGetValue(lines[i], out int id) && id > restored.Count)
            {
                // The tokens after it tell whether it has moved alone.
                bool alone = lines.Skip(i + 1).FirstOrDefault(ids.ContainsKey) is { } next && ids[next] - Array.IndexOf(lines, next) == shift;
                while (!alone && restored.Count < id)
                    restored.Add(ids.FirstOrDefault(t => t.Value == restored.Count && Array.IndexOf(lines, t.Key) < i).Key ?? new string(' ', blanks++));
            }

            restored.Add(lines[i]);
        }

        return string.Join('\n', restored);
    }
}
