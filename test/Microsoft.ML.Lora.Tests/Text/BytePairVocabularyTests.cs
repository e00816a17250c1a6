using System.Text;
using System.Text.Json;
using Microsoft.ML.Lora.Text;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Text;

/// <summary>vocab.json with merges.txt.</summary>
[TestClass]
public sealed class BytePairVocabularyTests
{
    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public void Gpt2FilesGiveTheRecordsOfItsTokenizerJson()
    {
        byte[] vocab = File.ReadAllBytes(GoldenFiles.Data("tokenizers", "gpt2", "vocab.json"));
        byte[] merges = File.ReadAllBytes(GoldenFiles.Data("tokenizers", "gpt2", "merges.txt"));
        if (TokenizerGoldens.FindReal("data/tokenizers/gpt2/tokenizer.json") is not JsonElement record)
        {
            Assert.Inconclusive("GPT-2's records are not in this selection.");
            return;
        }

        HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.Load(
            [("vocab.json", vocab), ("merges.txt", merges), ("tokenizer_config.json", "{\"tokenizer_class\":\"GPT2Tokenizer\"}"u8.ToArray())]);
        var run = new GoldenRun(TestContext, "gpt2 from vocab.json and merges.txt");
        foreach (JsonElement entry in record.GetProperty("single").EnumerateArray())
        {
            int i = entry.GetProperty("i").GetInt32();
            run.Case($"text {i}", () => Assert.AreEqual(
                TokenizerGoldens.Describe(entry, false, tokenizer), TokenizerGoldens.Describe(tokenizer.Encode(TokenizerGoldens.Strings[i]), false, [])));
        }

        run.Finish();
    }

    [TestMethod]
    public void RobertaAddsItsSpecialTokens()
    {
        byte[] vocab = Encoding.UTF8.GetBytes("""{"<s>":0,"<pad>":1,"</s>":2,"<unk>":3,"a":4,"b":5,"\u0120":6,"ab":7,"\u0120ab":8,"<mask>":9}""");
        byte[] merges = Encoding.UTF8.GetBytes("#version: 0.2\na b\n\u0120 ab\n");
        HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.Load(
            [("vocab.json", vocab), ("merges.txt", merges), ("config.json", "{\"model_type\":\"roberta\"}"u8.ToArray())]);
        HuggingFaceEncoding encoding = tokenizer.Encode("ab ab", " <mask>");

        // Since version 5 the blank before the mask is its own token, unless the files give the mask its flags.
        Assert.AreEqual("0 7 8 2 2 6 9 2", string.Join(' ', encoding.Ids));
        HuggingFaceTokenizer flagged = HuggingFaceTokenizer.Load(
        [
            ("vocab.json", vocab), ("merges.txt", merges), ("config.json", "{\"model_type\":\"roberta\"}"u8.ToArray()),
            ("special_tokens_map.json", """{"mask_token":{"content":"<mask>","lstrip":true}}"""u8.ToArray()),
        ]);
        Assert.AreEqual("0 7 8 2 2 9 2", string.Join(' ', flagged.Encode("ab ab", " <mask>").Ids));
        Assert.AreEqual((3, 5), encoding.Offsets[2]);
        var error = Assert.ThrowsExactly<LoraFormatException>(() => HuggingFaceTokenizer.Load(
            [("vocab.json", vocab), ("merges.txt", "a c\n"u8.ToArray()), ("config.json", "{\"model_type\":\"roberta\"}"u8.ToArray())]));
        StringAssert.Contains(error.Message, "merges.txt");
        StringAssert.Contains(error.Message, "line 1");
    }
}
