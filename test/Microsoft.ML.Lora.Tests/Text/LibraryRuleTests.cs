using System.Text;
using System.Text.Json;
using Microsoft.ML.Lora.Text;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Text;

/// <summary>Combinations that the recorded sets do not have, with what Hugging Face's library (0.22.2) gave for each of them.</summary>
[TestClass]
public sealed class LibraryRuleTests
{
    private const string Model = """{"type":"WordLevel","vocab":{"u":0,"a":1,"b":2," ":3," a":4},"unk_token":"u"}""";
    private const string Template = """
        {"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"a","type_id":0}},{"Sequence":{"id":"A","type_id":1}},{"SpecialToken":{"id":"b","type_id":0}}],
         "pair":[{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"b","type_id":1}},{"Sequence":{"id":"B","type_id":1}}],
         "special_tokens":{"a":{"id":"a","ids":[1],"tokens":["a"]},"b":{"id":"b","ids":[2],"tokens":["b"]}}}
        """;
    private const string Roberta = """{"type":"RobertaProcessing","sep":["b",2],"cls":["a",1],"trim_offsets":true,"add_prefix_space":false}""";
    private const string Bert = """{"type":"BertProcessing","sep":["b",2],"cls":["a",1]}""";

    [TestMethod]
    [DataRow("b r", " a", "b a", "2 4", "0,2 1,3", DisplayName = "The blank is part of both")]
    [DataRow("b r", "  ", "b  y", "2 3 3 0", "0,3 1,2 2,3 3,4", DisplayName = "Blanks that were taken are found again")]
    [DataRow("  r", "", "x   y", "0 3 3 3 0", "0,1 1,4 2,4 3,4 4,5", DisplayName = "Each blank takes those behind it")]
    [DataRow("b r", "a l", "b  a y", "2 1 0", "0,3 3,4 4,6", DisplayName = "On the left nothing is taken twice")]
    public void StrippedBlanksMayBelongToTwoTokens(string first, string second, string text, string ids, string offsets)
    {
        var added = new[] { first, second }.Where(token => token.Length > 0).Select(token => new
        {
            id = 0, content = token.Length > 1 && token[^1] is 'r' or 'l' ? token[..^2] : token == "  " ? " " : token, single_word = false, lstrip = token.EndsWith('l'),
            rstrip = token.EndsWith('r'), normalized = false, special = false,
        });
        AssertEncodes(Load($"\"added_tokens\":{JsonSerializer.Serialize(added)}").Encode(text), ids, offsets);
    }

    [TestMethod]
    [DataRow(Template + "," + Roberta, null, "1 1 2 2 0 2 2 2 2", "101101101", "000000000")]
    [DataRow(Template + "," + Roberta, "y", "1 0 2 2 2 2 2 0 2", "101101101", "000000000")]
    [DataRow(Roberta + "," + Bert, null, "1 1 0 2 2", "10001", "00000")]
    [DataRow(Template + "," + Bert, null, "1 1 2 0 2 2 2", "1010101", "0001101")]
    public void PostProcessorsMayStandInARow(string processors, string? pair, string ids, string special, string types)
    {
        HuggingFaceEncoding encoding = Load($$"""
            "post_processor":{"type":"Sequence","processors":[{{processors}}]}
            """).Encode("x", pair);
        Assert.AreEqual(ids, string.Join(' ', encoding.Ids));
        Assert.AreEqual(special, string.Concat(encoding.SpecialTokensMask.Select(s => s ? 1 : 0)));
        Assert.AreEqual(types, string.Concat(encoding.TypeIds));
        Assert.HasCount(encoding.Count, encoding.GetSequenceIds());
    }

    /// <summary>A byte-level step after a template counts the template's parts as texts, beside what the template says of them.</summary>
    [TestMethod]
    [DataRow(null, "-1 1 2")]
    [DataRow("y", "0 -1 2")]
    public void ByteLevelAfterATemplateCountsItsParts(string? pair, string expected)
    {
        HuggingFaceEncoding encoding = Load($$"""
            "post_processor":{"type":"Sequence","processors":[{{Template}},{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":false}]}
            """).Encode("x", pair);
        Assert.AreEqual(expected, string.Join(' ', encoding.GetSequenceIds()));
    }

    [TestMethod]
    [DataRow(@"\w+", "a½²b ¾", "a½²b| |¾")]
    [DataRow(@"[\w]+", "a½²b ¾", "a|½²|b| ¾")]
    [DataRow(@"\p{Word}+", "a½b", "a½b")]
    [DataRow(@"\b", "a½ c", "a½| |c")]
    [DataRow(@"[[:punct:]]", "a∑b!c$", "a|∑|b|!|c|$")]
    [DataRow(@"\p{Punct}", "a∑b!c$", "a∑b|!|c$")]
    [DataRow(@"[[:alpha:]]+", "a\u093Fⅷ1b", "a\u093Fⅷ|1|b")]
    [DataRow(@"[[:upper:]]+", "aⒶBⅧc", "a|ⒶBⅧ|c")]
    [DataRow(@"[[:graph:]]+", "a \u00A0b\u0007c", "a| \u00A0|b|\u0007|c")]
    [DataRow(@"\p{Emoji}", "a\U0001F642b1", "a|\U0001F642|b|1")]
    [DataRow(@"\p{In_Cyrillic}+", "aжяb", "a|жя|b")]
    [DataRow(@"\p{LC}+", "aǅ漢", "aǅ|漢")]
    public void PropertiesAreOnigurumas(string pattern, string text, string expected) => AssertCuts(pattern, text, expected);

    /// <summary>
    /// Without regard to case a character may be equal to several. Letters beside each other are looked at together, unless one of them is repeated
    /// by itself; a look-behind and a negated class know single characters only.
    /// </summary>
    [TestMethod]
    [DataRow("(?i)ss", "xßxẞxſSxs", "x|ß|x|ẞ|x|ſS|xs")]
    [DataRow("(?i)ß", "xßxẞxSSxſsxs", "x|ß|x|ẞ|x|SS|x|ſs|xs")]
    [DataRow("(?i)[ß]", "xSSxẞxs", "x|SS|x|ẞ|xs")]
    [DataRow("(?i)[^ß]", "ßẞs", "ßẞ|s")]
    [DataRow("(?i)s+s", "xßss", "xß|ss")]
    [DataRow("(?i)strasse", "STRAßE straße", "STRAßE| |straße")]
    [DataRow("(?i)st", "ﬆﬅST", "ﬆ|ﬅ|ST")]
    [DataRow("(?i)ffi", "ﬃxﬀixfﬁxFFI", "ﬃ|xﬀixfﬁx|FFI")]
    [DataRow("(?i)ﬃ", "FFIxﬃ", "FFI|x|ﬃ")]
    [DataRow("(?i)(?<=ss)x", "ßxSſx", "ßxSſ|x")]
    [DataRow("(?i)İ", "i\u0307xİxI", "i\u0307|x|İ|xI")]
    [DataRow("(?i)k", "kKK", "k|K|K")]
    [DataRow("(?i)в", "вВᲀ", "в|В|ᲀ")]
    [DataRow("(?i)[µ]", "µμΜ", "µ|μ|Μ")]
    [DataRow("(?i)Ꭰ", "Ꭰꭰ", "Ꭰ|ꭰ")]
    [DataRow(@"(?i)[\p{Lu}]+", "aB1ĸß", "aB|1ĸ|ß")]
    [DataRow(@"(?i)\p{Lu}", "aBc", "a|B|c")]
    [DataRow("(?i)[a-c&&[b]]", "aBb", "a|B|b")]
    [DataRow("(?i)[a[^B]]", "bBA", "b|B|A")]
    public void CasesAreOnigurumas(string pattern, string text, string expected) => AssertCuts(pattern, text, expected);

    private static void AssertCuts(string pattern, string text, string expected)
    {
        HuggingFaceTokenizer tokenizer = Load($$$"""
            "pre_tokenizer":{"type":"Split","pattern":{"Regex":{{{JsonSerializer.Serialize(pattern)}}}},"behavior":"Isolated","invert":false}
            """);
        Assert.AreEqual(expected, string.Join('|', tokenizer.Encode(text).Offsets.Select(o => text[o.Start..o.End])));
    }

    [TestMethod]
    [DataRow("""{"added_tokens_decoder":{"1":{"content":"a","lstrip":true,"special":false}},"eos_token":"a"}""", null, null, "2,4", "b", DisplayName = "Flags of the configuration, and a role")]
    [DataRow("""{"added_tokens_decoder":{"1":{"content":"a","special":false}}}""", """{"eos_token":"a"}""", """{"b":2}""", "3,4", "a b", DisplayName = "The other files are not asked then")]
    [DataRow("""{}""", """{"eos_token":{"content":"a","lstrip":true}}""", null, "3,4", "b", DisplayName = "The file's own flags, but for what has a role")]
    [DataRow("""{}""", """{"eos_token":"b"}""", """{"c":5,"b":2}""", "3,4", "a", DisplayName = "Tokens of a file of their own")]
    [DataRow("""{"extra_special_tokens":["b"]}""", null, null, "3,4", "a", DisplayName = "Extra special tokens")]
    [DataRow("""{"extra_special_tokens":{"image_token":"b"}}""", null, null, "3,4", "a", DisplayName = "Extra special tokens with names")]
    public void ConfigurationsStandOverTheFile(string config, string? map, string? added, string offsets, string decoded)
    {
        var files = new List<(string, byte[])>
        {
            ("tokenizer.json", Encoding.UTF8.GetBytes($$$"""
                {"added_tokens":[{"id":1,"content":"a","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":false}],"model":{{{Model}}}}
                """)),
            ("tokenizer_config.json", Encoding.UTF8.GetBytes(config)),
        };
        if (map is not null)
            files.Add(("special_tokens_map.json", Encoding.UTF8.GetBytes(map)));
        if (added is not null)
            files.Add(("added_tokens.json", Encoding.UTF8.GetBytes(added)));
        HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.Load(files);
        (int start, int end) = tokenizer.Encode("yy a").Offsets[^1];
        Assert.AreEqual(offsets, $"{start},{end}");
        Assert.AreEqual(decoded, tokenizer.Decode([1, 2], skipSpecialTokens: true));
        HuggingFaceTokenizer restored = HuggingFaceTokenizer.Load(tokenizer.Files);
        Assert.AreEqual(decoded, restored.Decode([1, 2], skipSpecialTokens: true));
        Assert.AreEqual(tokenizer.VocabularySize, restored.VocabularySize);
    }

    [TestMethod]
    [DataRow("WordLevel", true, "a, a")]
    [DataRow("WordLevel", false, "a , a")]
    [DataRow("BPE", true, "a , a")]
    public void SpacesAreCleanedUpWhereTheConfigurationSays(string kind, bool cleans, string expected)
    {
        HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.Load(
        [
            ("tokenizer.json", Encoding.UTF8.GetBytes($$$"""{"model":{"type":"{{{kind}}}","vocab":{"a":0,",":1},"merges":[],"unk_token":"a"}}""")),
            ("tokenizer_config.json", Encoding.UTF8.GetBytes($$"""{"clean_up_tokenization_spaces":{{(cleans ? "true" : "false")}}}""")),
        ]);
        Assert.AreEqual(expected, tokenizer.Decode([0, 1, 0], skipSpecialTokens: false));
        Span<char> buffer = stackalloc char[16];
        Assert.AreEqual(System.Buffers.OperationStatus.Done, tokenizer.Decode([0, 1, 0], buffer, out _, out int written));
        Assert.AreEqual(expected, new string(buffer[..written]));
    }

    [TestMethod]
    [DataRow("""{"type":"CTC","pad_token":"","word_delimiter_token":"","cleanup":true}""", " a  b  a ")]
    [DataRow("""{"type":"CTC","pad_token":"a","word_delimiter_token":"b","cleanup":true}""", " ")]
    [DataRow("""{"type":"BPEDecoder","suffix":""}""", " a  b a")]
    public void AnEmptyTextStandsBetweenAllCharacters(string decoder, string expected) =>
        Assert.AreEqual(expected, Load($"\"decoder\":{decoder}").Decode([1, 2, 1], skipSpecialTokens: false));

    [TestMethod]
    public void NothingIsReplacedInAnEmptyText()
    {
        HuggingFaceTokenizer tokenizer = Load("""
            "decoder":{"type":"Sequence","decoders":[{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true},{"type":"Replace","pattern":{"Regex":"x*"},"content":"-"}]}
            """);
        Assert.AreEqual("", tokenizer.Decode([], skipSpecialTokens: false));
        Assert.AreEqual("-a-", tokenizer.Decode([1], skipSpecialTokens: false));
    }

    private static void AssertEncodes(HuggingFaceEncoding encoding, string ids, string offsets)
    {
        Assert.AreEqual(ids, string.Join(' ', encoding.Ids));
        Assert.AreEqual(offsets, string.Join(' ', encoding.Offsets.Select(o => $"{o.Start},{o.End}")));
    }

    private static HuggingFaceTokenizer Load(string part) =>
        HuggingFaceTokenizer.Load([("tokenizer.json", Encoding.UTF8.GetBytes($"{{{part},\"model\":{Model}}}"))]);
}
