using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.Lora.Text;
using Microsoft.ML.Lora.Text.PreTokenizers;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Text;

/// <summary>
/// What the classes of the transformers library make of a tokenizer.json: with the class's settings, a file gives the records of the file that
/// has these settings itself.
/// </summary>
[TestClass]
public sealed class TokenizerClassTests
{
    public TestContext TestContext { get; set; } = null!;

    /// <summary>A recorded file, and others of the same vocabulary, give its records with the settings that say what its steps are.</summary>
    [TestMethod]
    public void TheClassStandsOverTheFile()
    {
        var run = new GoldenRun(TestContext, "tokenizers by their class");
        var seen = new HashSet<string>();
        foreach (IGrouping<string, Recorded> files in Records().GroupBy(record => record.Path))
        {
            Recorded[] all = [.. files];
            foreach (Recorded record in all)
            {
                if (ClassMaking.Of(record.Root) is not { } making)
                    continue;
                seen.Add(making.Class);

                // The next one of the same vocabulary has other steps; what no class makes is taken from the record.
                JsonNode next = all[(Array.IndexOf(all, record) + 1) % all.Length].Root.DeepClone();
                foreach (string part in (string[])["added_tokens", "truncation", "padding"])
                    next[part] = record.Root[part]?.DeepClone();
                foreach ((JsonNode source, string kind) in new[] { (JsonNode.Parse(TokenizerGoldens.ReadBytes(record.Path))!, "unedited"), (next, "next") })
                {
                    foreach (string part in (string[])["added_tokens", "truncation", "padding"])
                        source[part] = record.Root[part]?.DeepClone();
                    if (ClassMaking.Fits(making.Class, source))
                        TokenizerRecordTests.Check(run, $"{record.Name} from the {kind} file", record.File, () => Load(source, making.Settings.ToJsonString(), null));
                }
            }
        }

        TestContext.WriteLine($"Classes: {string.Join(", ", seen)}.");
        run.Finish();
    }

    /// <summary>A class without rules, or a type of models whose tokenizers name a wrong one, leaves the file as it is.</summary>
    [TestMethod]
    public void AFileWithoutAClassOfItsOwnStays()
    {
        var run = new GoldenRun(TestContext, "tokenizers of other classes");
        int at = 0;
        foreach (Recorded record in Records())
        {
            string name = ClassMaking.Classes[at++ % ClassMaking.Classes.Length];
            TokenizerRecordTests.Check(run, $"{record.Name} as {name} of mistral", record.File, () => Load(record.Root, $$"""{"tokenizer_class":"{{name}}"}""", """{"model_type":"mistral"}"""));
            run.Case($"{record.Name} of an unknown class", () => AssertEqual(
                Load(record.Root, null, null), Load(record.Root, """{"tokenizer_class":"SomeTokenizer"}""", """{"model_type":"some"}""")));
        }

        run.Finish();
    }

    /// <summary>A file whose steps are not the class's is what its model was trained with.</summary>
    [TestMethod]
    public void AFileWithOtherStepsStays()
    {
        var run = new GoldenRun(TestContext, "tokenizers with other steps than their class");
        foreach (string path in GoldenFiles.Files("*.tokenizer.json", "tokenizers", "small"))
        {
            JsonNode root = JsonNode.Parse(File.ReadAllBytes(path))!;
            HuggingFaceTokenizer plain;
            try
            {
                plain = Load(root, null, null);
            }
            catch (LoraFormatException)
            {
                continue; // One that is meant to be refused.
            }

            foreach (string name in ClassMaking.Classes.Where(name => !ClassMaking.Fits(name, root)))
            {
                run.Case($"{Path.GetFileName(path)} as {name}", () =>
                {
                    HuggingFaceTokenizer named = Load(root, $$"""{"tokenizer_class":"{{name}}"}""", null);
                    AssertEqual(plain, named);

                    // What texts are padded with is the class's all the same, and the file's where it has none.
                    string? padding = name switch { "BertTokenizer" => "[PAD]", "RobertaTokenizer" or "T5Tokenizer" => "<pad>", "GPT2Tokenizer" => null, _ => plain.PaddingToken };
                    Assert.AreEqual(padding, named.PaddingToken);
                });
            }
        }

        run.Finish();
    }

    /// <summary>The model's type chooses a class where none is named, and overrules one that is wrong for it.</summary>
    [TestMethod]
    [DataRow("""{"tokenizer_class":"GPT2Tokenizer"}""", """{"model_type":"mistral"}""", false, true)]
    [DataRow("""{"tokenizer_class":"GPT2Tokenizer"}""", """{"model_type":"gpt2"}""", true, false)]
    [DataRow("""{"tokenizer_class":"GPT2TokenizerFast"}""", null, true, false)]
    [DataRow(null, """{"model_type":"llama"}""", false, false)]
    [DataRow(null, """{"model_type":"llama","tokenizer_class":"GPT2TokenizerFast"}""", true, true)]
    [DataRow("""{"model_max_length":9}""", """{"model_type":"gpt2"}""", true, true)]
    [DataRow("""{"model_max_length":9}""", null, false, false)]
    public void TheModelTypeHasASay(string? config, string? modelConfig, bool byClass, bool decides)
    {
        JsonNode file = JsonNode.Parse("""
            {"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true},"model":{"type":"BPE","vocab":{"a":0,"\u0120":1},"merges":[]}}
            """)!;
        HuggingFaceTokenizer tokenizer = Load(file, config, modelConfig);

        // What decided is among the files, so that the tokenizer in a saved model is the same.
        foreach (HuggingFaceTokenizer loaded in new[] { tokenizer, HuggingFaceTokenizer.Load(tokenizer.Files) })
            Assert.AreEqual(byClass ? "a" : "\u0120 a", string.Join(' ', loaded.Encode("a").Tokens));
        Assert.AreEqual(decides, tokenizer.Files.Any(item => item.Name == "config.json"));
    }

    /// <summary>A blank before the first text alone, before every text after a special token (as sentencepiece has it), or none.</summary>
    [TestMethod]
    [DataRow(""" "legacy":false """, "\u2581a <s> b")]
    [DataRow(""" "legacy":true """, "\u2581a <s> \u2581 b")]
    [DataRow(""" "add_prefix_space":false """, "a <s> b")]
    [DataRow(""" "legacy":true,"add_prefix_space":false """, "a <s> b")]
    public void LlamaPutsABlankWhereTheSettingsSay(string settings, string expected)
    {
        byte[] json = Encoding.UTF8.GetBytes("""
            {"added_tokens":[],"normalizer":{"type":"Prepend","prepend":"\u2581"},"pre_tokenizer":null,"post_processor":null,"decoder":null,
             "model":{"type":"BPE","unk_token":"<unk>","vocab":{"<unk>":0,"<s>":1,"</s>":2,"\u2581":3,"a":4,"b":5,"\u2581a":6},"merges":["\u2581 a"]}}
            """);
        HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.Load(
            [("tokenizer.json", json), ("tokenizer_config.json", Encoding.UTF8.GetBytes($$"""{"tokenizer_class":"LlamaTokenizer",{{settings}}}"""))]);

        // What is not in the vocabulary vanishes.
        HuggingFaceEncoding encoding = tokenizer.Encode("a?<s>b");
        Assert.AreEqual(expected, string.Join(' ', encoding.Tokens));
        string text = tokenizer.Decode([6, 3, 5], skipSpecialTokens: false);
        Assert.AreEqual(settings.Contains("add_prefix_space") ? " a b" : "a b", text);
        Assert.AreEqual(7, tokenizer.VocabularySize);
        Assert.AreEqual(HuggingFaceSide.Left, tokenizer.PaddingSide);
        Assert.IsNull(tokenizer.PaddingToken);
    }

    [TestMethod]
    [DataRow("", "a <s> b <x>")]
    [DataRow(""" ,"split_special_tokens":true """, "a < s > b <x>")]
    public void SpecialTokensAreCutWhereTheSettingsSay(string settings, string expected)
    {
        byte[] json = Encoding.UTF8.GetBytes("""
            {"added_tokens":[{"id":6,"content":"<x>","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":false}],
             "model":{"type":"BPE","vocab":{"<":0,"s":1,">":2,"a":3,"b":4,"<s>":5},"merges":[]}}
            """);
        HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.Load(
            [("tokenizer.json", json), ("tokenizer_config.json", Encoding.UTF8.GetBytes($$"""{"bos_token":"<s>"{{settings}}}"""))]);
        Assert.AreEqual(expected, string.Join(' ', tokenizer.Encode("a<s>b<x>").Tokens));
        Assert.AreEqual("a b", tokenizer.Decode([3, 5, 4], skipSpecialTokens: true));
    }

    [TestMethod]
    public void TokensOfAClassAreAddedAfterThoseOfTheSettings()
    {
        byte[] json = Encoding.UTF8.GetBytes("""
            {"added_tokens":[{"id":9,"content":"<old>","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":false}],
             "pre_tokenizer":{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true},
             "model":{"type":"BPE","vocab":{"a":0,"b":1,"\u0120":2},"merges":[]}}
            """);
        string[] Tokens(string settings)
        {
            HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.Load(
                [("tokenizer.json", json), ("tokenizer_config.json", Encoding.UTF8.GetBytes($$"""{"tokenizer_class":"GPT2Tokenizer"{{settings}}}"""))]);
            Assert.IsInstanceOfType<ByteLevelPreTokenizer>(tokenizer.Pipeline.PreTokenizer);
            return [.. Enumerable.Range(3, tokenizer.VocabularySize - 3).Select(id => tokenizer.IdToToken(id)!)];
        }

        CollectionAssert.AreEqual(new[] { "<old>", "<|endoftext|>" }, Tokens(""));
        CollectionAssert.AreEqual(new[] { "<old>", "<e>", "<|endoftext|>", "<m>" }, Tokens(""","bos_token":"<e>","eos_token":null,"additional_special_tokens":["<m>"]"""));
        const string New = """{"content":"<new>","single_word":false,"lstrip":false,"rstrip":false,"normalized":true,"special":false}""";
        CollectionAssert.AreEqual(new[] { "<new>", "<|endoftext|>" }, Tokens($$""","added_tokens_decoder":{"3":{{New}}}"""));
    }

    private static void AssertEqual(HuggingFaceTokenizer expected, HuggingFaceTokenizer found)
    {
        foreach (string text in TokenizerGoldens.Strings)
            Assert.AreEqual(Describe(expected, text), Describe(found, text));
        Assert.AreEqual(expected.VocabularySize, found.VocabularySize);

        static string Describe(HuggingFaceTokenizer tokenizer, string text)
        {
            try
            {
                return TokenizerGoldens.Describe(tokenizer.Encode(text), true, []);
            }
            catch (InvalidOperationException e)
            {
                return e.Message;
            }
        }
    }

    private static HuggingFaceTokenizer Load(JsonNode file, string? config, string? modelConfig)
    {
        List<(string, byte[])> files = [("tokenizer.json", Encoding.UTF8.GetBytes(file.ToJsonString()))];
        if (config is not null)
            files.Add(("tokenizer_config.json", Encoding.UTF8.GetBytes(config)));
        if (modelConfig is not null)
            files.Add(("config.json", Encoding.UTF8.GetBytes(modelConfig)));
        return HuggingFaceTokenizer.Load(files);
    }

    /// <summary>The recorded tokenizers whose files are there, each with its edits applied.</summary>
    private static List<Recorded> Records()
    {
        IReadOnlyList<string> paths = GoldenFiles.Files("*.json.gz", "tokenizers", "real");
        if (!GoldenFiles.IsFullSet && paths.Count == 0)
            Assert.Inconclusive($"Real vocabularies are not in the compact selection; set {GoldenFiles.GoldensVariable}.");
        var records = new List<Recorded>();
        foreach (string path in paths)
        {
            JsonElement file = TokenizerGoldens.ReadJson(path);
            if (TokenizerGoldens.Locate(file.GetProperty("tokenizer").GetString()!) is string located)
                records.Add(new Recorded("real/" + Path.GetFileName(path), located, file, JsonNode.Parse(TokenizerGoldens.LoadTokenizer(located, file.GetProperty("edits")).Files[0].Content)!));
        }

        return records;
    }

    private sealed record Recorded(string Name, string Path, JsonElement File, JsonNode Root);
}
