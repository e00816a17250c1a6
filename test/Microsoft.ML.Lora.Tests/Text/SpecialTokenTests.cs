using System.Text;
using Microsoft.ML.Lora.Text;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Text;

/// <summary>
/// Which special tokens tokenizer_config.json, special_tokens_map.json and added_tokens.json add to a tokenizer.json, in which order, and which of
/// them decoding leaves out: what version 5 of the transformers library does (its tokenization_utils_base.py and tokenization_utils_tokenizers.py).
/// </summary>
[TestClass]
public sealed class SpecialTokenTests
{
    private const string File = """
        {"added_tokens":[{"id":1,"content":"a","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":false}],
         "model":{"type":"WordLevel","vocab":{"u":0,"a":1,"b":2},"unk_token":"u"}}
        """;

    /// <summary>Tokens after those of the vocabulary, in order; special ones in angle brackets, all others as they are.</summary>
    [TestMethod]
    [DataRow("""{"unk_token":"x","cls_token":"y"}""", """{"bos_token":"z","eos_token":"w"}""", null, "<z> <w> <x> <y>", DisplayName = "In the order of the roles, whichever file names them")]
    [DataRow("""{"unk_token":"x"}""", """{"unk_token":null}""", null, "", DisplayName = "The map says that a role has none")]
    [DataRow("""{"unk_token":null}""", """{"unk_token":"x"}""", null, "<x>", DisplayName = "The map gives a role a token")]
    [DataRow("""{"image_token":"x","eos_token":"y"}""", null, null, "<y> <x>", DisplayName = "A role of the model's own")]
    [DataRow("""{"image_token":"x","video_token":{"__type":"AddedToken","content":"y"},"other_token":{"content":"z"}}""", null, null, "<y> <x>", DisplayName = "Roles of the model's own as objects come first")]
    [DataRow("""{"image_token":"x","add_bos_token":true}""", """{"image_token":"y","audio_token":"z"}""", null, "<x> <z>", DisplayName = "The configuration's own role stands")]
    [DataRow("""{"extra_special_tokens":{"image_token":"x"},"audio_token":"y"}""", null, null, "<y> <x>", DisplayName = "Extra tokens with names")]
    [DataRow("""{"extra_special_tokens":{"eos_token":"x","image_token":"y"},"eos_token":"z"}""", null, null, "<x> <y>", DisplayName = "A role among the names")]
    [DataRow("""{"additional_special_tokens":["x"],"extra_special_tokens":["y"]}""", null, null, "<y>", DisplayName = "Extra wins over additional")]
    [DataRow("""{"additional_special_tokens":["x"],"extra_special_tokens":null}""", null, null, "", DisplayName = "Even where it is null")]
    [DataRow("""{"additional_special_tokens":["x"],"extra_special_tokens":{}}""", null, null, "", DisplayName = "Even where it is an empty object")]
    [DataRow("""{"additional_special_tokens":["x"]}""", """{"additional_special_tokens":["y"]}""", null, "<x>", DisplayName = "The configuration's list wins over the map's")]
    [DataRow("""{}""", """{"additional_special_tokens":["y",{"content":"z","lstrip":true}]}""", null, "<y> <z>", DisplayName = "The map's list")]
    [DataRow("""{"extra_special_tokens":["x"]}""", """{"extra_special_tokens":["y","x"]}""", null, "<x> <y>", DisplayName = "The map adds to the extra tokens")]
    [DataRow("""{"eos_token":"x","extra_special_tokens":["z"]}""", null, """{"y":4,"x":3,"z":5}""", "<x> y <z>", DisplayName = "Tokens of a file of their own, by their ids")]
    [DataRow("""{}""", """{"additional_special_tokens":["z"]}""", """{"z":3}""", "z", DisplayName = "Additional tokens of the map do not make them special")]
    [DataRow("""{"added_tokens_decoder":{"4":{"content":"y"},"3":{"content":"x","special":true}},"eos_token":"x","cls_token":"z"}""", """{"bos_token":"w"}""", """{"v":3}""", "<x> y <z>", DisplayName = "added_tokens_decoder takes the place of the other files")]
    public void TokensAreAddedInOrder(string config, string? map, string? added, string expected)
    {
        HuggingFaceTokenizer tokenizer = Load(File, config, map, added);
        IEnumerable<string> found = Enumerable.Range(3, tokenizer.VocabularySize - 3).Select(id => tokenizer.Decode([id], skipSpecialTokens: true).Length > 0
            ? tokenizer.IdToToken(id)!
            : $"<{tokenizer.IdToToken(id)}>");
        Assert.AreEqual(expected, string.Join(' ', found));
    }

    [TestMethod]
    public void WhatHasARoleIsSpecial()
    {
        Assert.AreEqual("a", Load(File, "{}").Decode([1], skipSpecialTokens: true));
        Assert.AreEqual("", Load(File, """{"eos_token":"a"}""").Decode([1], skipSpecialTokens: true));
        Assert.AreEqual("", Load(File, """{"image_token":"a"}""").Decode([1], skipSpecialTokens: true));
        Assert.AreEqual("a", Load(File, """{"extra_special_tokens":["a"]}""").Decode([1], skipSpecialTokens: true), "what the file says stands");
    }

    [TestMethod]
    public void TokensThatAreTooLongAreRefused()
    {
        string longest = new('x', 1024);
        Assert.AreEqual(longest, Load(File, $$"""{"eos_token":"{{longest}}"}""").SpecialTokens["eos_token"]);
        var error = Assert.ThrowsExactly<LoraFormatException>(() => Load(File, $$"""{"eos_token":"{{longest}}x"}"""));
        StringAssert.Contains(error.Message, "tokenizer_config.json");
        StringAssert.Contains(error.Message, "/eos_token");
    }

    /// <summary>Flags that an entry of added_tokens_decoder does not give: an ordinary token is looked for in normalized text.</summary>
    [TestMethod]
    public void MissingFlagsAreThoseOfTheLibrary()
    {
        const string Lower = """{"added_tokens":[],"normalizer":{"type":"Lowercase"},"model":{"type":"WordLevel","vocab":{"u":0},"unk_token":"u"}}""";
        HuggingFaceTokenizer tokenizer = Load(Lower, """{"added_tokens_decoder":{"1":{"content":"New"},"2":{"content":"Own","special":true}}}""");
        Assert.AreEqual("0 1 0", string.Join(' ', tokenizer.EncodeToIds("a NEW b")));
        Assert.AreEqual("0", string.Join(' ', tokenizer.EncodeToIds("a OWN b")));
        Assert.AreEqual("0 2 0", string.Join(' ', tokenizer.EncodeToIds("a Own b")));
    }

    [TestMethod]
    [DataRow("{}", null, "<x>", DisplayName = "As the file names it, and in the vocabulary")]
    [DataRow("""{"pad_token":"b"}""", null, "b", DisplayName = "The configuration's")]
    [DataRow("""{"pad_token":null}""", null, null, DisplayName = "The configuration's: none")]
    [DataRow("{}", "GPT2Tokenizer", null, DisplayName = "GPT-2 has none of its own, and none of the file's")]
    public void TheFilesPaddingNamesAToken(string config, string? name, string? expected)
    {
        const string Padding = """
            "padding":{"strategy":"BatchLongest","direction":"Left","pad_to_multiple_of":null,"pad_id":7,"pad_type_id":1,"pad_token":"<x>"}
            """;
        string json = name is null
            ? "{" + Padding + "," + File.Trim()[1..]
            : "{" + Padding + ""","pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true},"model":{"type":"BPE","vocab":{"a":0},"merges":[]}}""";
        HuggingFaceTokenizer tokenizer = Load(json, name is null ? config : $$"""{"tokenizer_class":"{{name}}"}""");
        Assert.AreEqual(expected, tokenizer.PaddingToken);
        Assert.AreEqual(HuggingFaceSide.Left, tokenizer.PaddingSide);
        (string, string?)[] texts = [("a", null), ("a a", null)];
        var options = new HuggingFaceCallOptions { Padding = HuggingFacePaddingMode.MaxLength, MaxLength = 3 };
        if (expected is null)
        {
            Assert.ThrowsExactly<ArgumentException>(() => tokenizer.Call(texts, options));
            return;
        }

        HuggingFaceEncoding padded = tokenizer.Call(texts, options)[0].Encoding;
        Assert.AreEqual(tokenizer.TokenToId(expected), padded.Ids[0]);
        Assert.IsNotNull(tokenizer.TokenToId(expected));
        Assert.AreEqual(0, padded.TypeIds[0]);
    }

    [TestMethod]
    public void PaddingThatTheVocabularyLacksIsTheUnknownToken()
    {
        (string, string?)[] texts = [("a", null)];
        var options = new HuggingFaceCallOptions { Padding = HuggingFacePaddingMode.MaxLength, MaxLength = 3, PaddingToken = "none" };
        Assert.AreEqual("1 2 2", string.Join(' ', Load(File, """{"unk_token":"b"}""").Call(texts, options)[0].Encoding.Ids));
        var error = Assert.ThrowsExactly<ArgumentException>(() => Load(File, "{}").Call(texts, options));
        StringAssert.Contains(error.Message, "'none'");
    }

    /// <summary>A class looks at the ids that a file gives its added tokens; a file that stands as it is does not.</summary>
    [TestMethod]
    [DataRow("""{"tokenizer_class":"GPT2Tokenizer","bos_token":"<y>","eos_token":"<y>","unk_token":"<y>"}""", "<x> <y>")]
    [DataRow("""{"bos_token":"<y>"}""", "<y> <x>")]
    public void AddedTokensOfAFileStandInTheirOrder(string config, string expected)
    {
        string[] added = [.. new[] { (9, "<y>"), (8, "<x>") }.Select(token =>
            $$"""{"id":{{token.Item1}},"content":"{{token.Item2}}","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true}""")];
        HuggingFaceTokenizer tokenizer = Load(
            $$$"""
            {"added_tokens":[{{{string.Join(',', added)}}}],"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true},
             "model":{"type":"BPE","vocab":{"a":0},"merges":[]}}
            """,
            config);
        Assert.AreEqual(expected, $"{tokenizer.IdToToken(1)} {tokenizer.IdToToken(2)}");
    }

    /// <summary>T5's sentinels: the configuration's list takes their place, even an empty one; special_tokens_map.json's is added to.</summary>
    [TestMethod]
    [DataRow("", null, 2)]
    [DataRow(""","additional_special_tokens":["<m>"]""", null, 1)]
    [DataRow(""","additional_special_tokens":[]""", null, 0)]
    [DataRow(""","extra_special_tokens":{}""", null, 2)]
    [DataRow("", """{"additional_special_tokens":["<m>"]}""", 3)]
    [DataRow("", """{"additional_special_tokens":["<extra_id_0>","<extra_id_1>"]}""", 2)]
    [DataRow("", """{"additional_special_tokens":["<extra_id_0>"]}""", -1)]
    public void SentinelsAreAddedWhereNothingElseIsSaid(string settings, string? map, int count)
    {
        const string Unigram = """
            {"pre_tokenizer":{"type":"Metaspace","replacement":"\u2581","prepend_scheme":"always","split":true},
             "model":{"type":"Unigram","unk_id":2,"vocab":[["<pad>",0],["</s>",0],["<unk>",0],["\u2581",-2]]}}
            """;
        string config = $$"""{"tokenizer_class":"T5Tokenizer","extra_ids":2{{settings}}}""";
        if (count < 0)
        {
            var error = Assert.ThrowsExactly<LoraFormatException>(() => Load(Unigram, config, map));
            StringAssert.Contains(error.Message, "special_tokens_map.json");
            StringAssert.Contains(error.Message, "extra_ids");
            return;
        }

        Assert.AreEqual(4 + count, Load(Unigram, config, map).VocabularySize);
    }

    [TestMethod]
    [DataRow("{}", "input_ids attention_mask")]
    [DataRow("""{"tokenizer_class":"BertTokenizer"}""", "input_ids token_type_ids attention_mask")]
    [DataRow("""{"tokenizer_class":"DistilBertTokenizerFast"}""", "input_ids attention_mask")]
    [DataRow("""{"tokenizer_class":"BertTokenizer","model_input_names":["input_ids"]}""", "input_ids")]
    public void InputNamesAreTheClassesOrTheConfigurations(string config, string expected) =>
        Assert.AreEqual(expected, string.Join(' ', Load(File, config).ModelInputNames));

    private static HuggingFaceTokenizer Load(string json, string config, string? map = null, string? added = null)
    {
        List<(string, byte[])> files = [("tokenizer.json", Encoding.UTF8.GetBytes(json)), ("tokenizer_config.json", Encoding.UTF8.GetBytes(config))];
        if (map is not null)
            files.Add(("special_tokens_map.json", Encoding.UTF8.GetBytes(map)));
        if (added is not null)
            files.Add(("added_tokens.json", Encoding.UTF8.GetBytes(added)));
        HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.Load(files);
        HuggingFaceTokenizer restored = HuggingFaceTokenizer.Load(tokenizer.Files);
        CollectionAssert.AreEqual(tokenizer.SpecialTokens.ToArray(), restored.SpecialTokens.ToArray());
        Assert.AreEqual(tokenizer.VocabularySize, restored.VocabularySize);
        return tokenizer;
    }
}
