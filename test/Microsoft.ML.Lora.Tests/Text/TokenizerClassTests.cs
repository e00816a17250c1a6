using System.Text;
using System.Text.Json;
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

    [TestMethod]
    [DataRow("gpt2", "GPT2Tokenizer", """ "add_prefix_space":true """, "gpt2-prefix")]
    [DataRow("gpt2-prefix", "GPT2TokenizerFast", "", "gpt2")]
    [DataRow("roberta-base", "RobertaTokenizer", """ "add_prefix_space":true,"trim_offsets":false """, "roberta-prefix-notrim")]
    [DataRow("roberta-prefix-notrim", "RobertaTokenizer", "", "roberta-base")]
    [DataRow("bert-base-uncased", "BertTokenizer", """ "do_lower_case":false """, "bert-cased")]
    [DataRow("bert-base-uncased", "DistilBertTokenizer", """ "do_lower_case":false,"strip_accents":true """, "bert-cased-strip")]
    [DataRow("bert-base-uncased", "BertTokenizer", """ "strip_accents":false """, "bert-lower-nostrip")]
    [DataRow("bert-base-uncased", "BertTokenizer", """ "tokenize_chinese_chars":false """, "bert-nocjk")]
    [DataRow("bert-cased-strip", "BertTokenizer", """ "do_lower_case":true """, "bert-base-uncased")]
    [DataRow("bert-noclean", "BertTokenizer", "", "bert-base-uncased")]
    [DataRow("bert-cased", "PreTrainedTokenizerFast", "", "bert-cased")]
    [DataRow("t5", "T5Tokenizer", """ "extra_ids":100 """, "t5")]
    [DataRow("llama2-prepend", "LlamaTokenizer", """ "legacy":false """, "llama2")]
    [DataRow("llama2-prepend", "LlamaTokenizerFast", "", "llama2")]
    [DataRow("llama2-prepend", "SomeTokenizer", "", "llama2-prepend")]
    public void TheClassStandsOverTheFile(string source, string name, string settings, string record) =>
        Check(record, Files(source, $$"""{"tokenizer_class":"{{name}}"{{(settings.Length > 0 ? "," + settings : "")}}}""", null));

    /// <summary>The model's type chooses a class where none is named, and overrules one that is wrong for it.</summary>
    [TestMethod]
    [DataRow("llama2-prepend", """{"tokenizer_class":"LlamaTokenizer"}""", """{"model_type":"mistral"}""", "llama2-prepend", true)]
    [DataRow("llama2-prepend", """{"tokenizer_class":"LlamaTokenizer"}""", """{"model_type":"llama"}""", "llama2", false)]
    [DataRow("llama2-prepend", null, """{"model_type":"llama"}""", "llama2-prepend", false)]
    [DataRow("llama2-prepend", null, """{"model_type":"llama","tokenizer_class":"LlamaTokenizer"}""", "llama2", true)]
    [DataRow("bert-cased", """{"do_lower_case":true}""", """{"model_type":"bert"}""", "bert-base-uncased", true)]
    [DataRow("bert-cased", """{"do_lower_case":true}""", null, "bert-cased", false)]
    [DataRow("gpt2-prefix", """{"add_prefix_space":false}""", """{"model_type":"gpt2"}""", "gpt2", true)]
    public void TheModelTypeHasASay(string source, string? config, string? modelConfig, string record, bool decides)
    {
        HuggingFaceTokenizer tokenizer = Check(record, Files(source, config, modelConfig));

        // What decided is among the files, so that the tokenizer in a saved model is the same.
        Check(record, tokenizer.Files);
        Assert.AreEqual(decides, tokenizer.Files.Any(file => file.Name == "config.json"));
    }

    /// <summary>A file whose steps are not the class's is what its model was trained with.</summary>
    [TestMethod]
    [DataRow("LlamaTokenizer", "bpe-bytelevel-roberta")]
    [DataRow("GPT2Tokenizer", "bpe-starcoder-digits")]
    [DataRow("RobertaTokenizer", "bpe-qwen2-nfc")]
    [DataRow("BertTokenizer", "wordpiece-noprefix-nfd")]
    [DataRow("T5Tokenizer", "bpe-bytefallback-llama")]
    public void AFileWithOtherStepsStays(string name, string file)
    {
        string path = TokenizerGoldens.Folder("small", file + ".tokenizer.json");
        if (!File.Exists(path))
            Assert.Inconclusive($"'{path}' is not in this selection.");
        byte[] content = File.ReadAllBytes(path);
        HuggingFaceTokenizer plain = HuggingFaceTokenizer.Load([("tokenizer.json", content)]);
        HuggingFaceTokenizer named = HuggingFaceTokenizer.Load(
            [("tokenizer.json", content), ("tokenizer_config.json", Encoding.UTF8.GetBytes($$"""{"tokenizer_class":"{{name}}"}"""))]);
        foreach (string text in TokenizerGoldens.Strings)
            Assert.AreEqual(TokenizerGoldens.Describe(plain.Encode(text), true, []), TokenizerGoldens.Describe(named.Encode(text), true, []));
        Assert.AreEqual(plain.VocabularySize, named.VocabularySize);

        // What texts are padded with is the class's all the same.
        Assert.AreEqual(name switch { "BertTokenizer" => "[PAD]", "RobertaTokenizer" or "T5Tokenizer" => "<pad>", _ => null }, named.PaddingToken);
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

    private HuggingFaceTokenizer Check(string record, IEnumerable<(string Name, byte[] Content)> files)
    {
        string path = TokenizerGoldens.Folder("real", record + ".json.gz");
        if (!File.Exists(path))
            Assert.Inconclusive($"'{path}' is not in this selection.");
        var run = new GoldenRun(TestContext, $"{record} by its class");
        HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.Load(files);
        JsonElement expected = TokenizerGoldens.ReadJson(path);
        TokenizerRecordTests.Check(run, record, expected, () => tokenizer);
        run.Finish();
        return tokenizer;
    }

    /// <summary>The tokenizer.json that a record is of, with the settings of its class.</summary>
    private static List<(string, byte[])> Files(string source, string? config, string? modelConfig)
    {
        string path = TokenizerGoldens.Folder("real", source + ".json.gz");
        if (!File.Exists(path))
            Assert.Inconclusive($"'{path}' is not in this selection.");
        JsonElement record = TokenizerGoldens.ReadJson(path);
        string json = record.GetProperty("tokenizer").GetString()!;
        if (TokenizerGoldens.Locate(json) is not string located)
        {
            Assert.Inconclusive($"{json} is not in this selection.");
            return [];
        }

        List<(string, byte[])> files = [.. TokenizerGoldens.LoadTokenizer(located, record.GetProperty("edits")).Files];
        if (config is not null)
            files.Add(("tokenizer_config.json", Encoding.UTF8.GetBytes(config)));
        if (modelConfig is not null)
            files.Add(("config.json", Encoding.UTF8.GetBytes(modelConfig)));
        return files;
    }
}
