using System.Text;
using System.Text.Json;
using Microsoft.ML.Lora.Text;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Text;

/// <summary>Scripts in patterns, as tokenizers of Chinese and Japanese models use them.</summary>
[TestClass]
public sealed class ScriptPatternTests
{
    // The first alternatives of a pattern that published models use.
    private const string Published = @"[\p{Han}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]*[\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]+|\p{N}{1,3}|\s+";

    [TestMethod]
    [DataRow(@"\p{Han}+", "a漢字𠀀々b", "a|漢字𠀀々|b")]
    [DataRow(@"\p{Hiragana}+|\p{Katakana}+", "かなカナー漢", "かな|カナ|ー漢")] // The long vowel mark is of no single script.
    [DataRow(@"\P{Han}+", "ab漢字cd", "ab|漢字|cd")]
    [DataRow(@"\p{^Han}+", "ab漢字cd", "ab|漢字|cd")]
    [DataRow(@"\p{hani}+|\p{ HIRA }+", "漢か", "漢|か")]
    [DataRow(@"\p{Old_Persian}|\p{xpeo}", "\U000103A0\U000103A1", "\U000103A0|\U000103A1")]
    [DataRow(@"\p{Latin}+|\p{Greek}+|\p{Cyrillic}+|\p{Hangul}+|\p{Thai}+|\p{Arabic}+|\p{Devanagari}+", "abγδжя한국ไทยعربहिन", "ab|γδ|жя|한국|ไทย|عرب|हिन")]
    [DataRow(Published, "Hello世界 12345天", "Hello|世界| |123|45|天")]
    public void ScriptsCut(string pattern, string text, string expected)
    {
        HuggingFaceTokenizer tokenizer = Load(pattern);
        Assert.AreEqual(expected, string.Join('|', tokenizer.Encode(text).Offsets.Select(o => text[o.Start..o.End])));
    }

    [TestMethod]
    [DataRow("Haan")]
    [DataRow("Script=Han")]
    [DataRow("")]
    public void UnknownNamesAreRefused(string name) =>
        StringAssert.Contains(Assert.ThrowsExactly<LoraFormatException>(() => Load($@"\p{{{name}}}")).Message, $"the property '{name}'");

    private static HuggingFaceTokenizer Load(string pattern) => HuggingFaceTokenizer.Load(
    [
        ("tokenizer.json", Encoding.UTF8.GetBytes(
            $$$"""
            {"pre_tokenizer":{"type":"Split","pattern":{"Regex":{{{JsonSerializer.Serialize(pattern)}}}},"behavior":"Isolated","invert":false},
             "model":{"type":"WordLevel","vocab":{"u":0},"unk_token":"u"}}
            """)),
    ]);
}
