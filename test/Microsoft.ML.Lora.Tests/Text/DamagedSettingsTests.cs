using System.Text;
using Microsoft.ML.Lora.Tests.Fuzzing;
using Microsoft.ML.Lora.Text;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Text;

/// <summary>Damaged tokenizer_config.json, special_tokens_map.json and added_tokens.json, under the names of all classes: an error of the documented kind, or a tokenizer that works.</summary>
[TestClass]
public sealed class DamagedSettingsTests
{
    private const int Seeds = 4_000;

    private static readonly byte[] s_config = """
        {"tokenizer_class":"T5Tokenizer","extra_ids":3,"bos_token":"<s>","image_token":"<i>","video_token":{"__type":"AddedToken","content":"<v>"},
         "eos_token":{"__type":"AddedToken","content":"</s>","lstrip":false,"rstrip":false,"normalized":true,"single_word":false,"special":true},
         "extra_special_tokens":{"a_token":"x","eos_token":"y"},"additional_special_tokens":["<e>","<f>"],
         "added_tokens_decoder":{"0":{"content":"a","special":true},"9":{"content":"q"}},
         "model_input_names":["input_ids"],"model_max_length":512,"padding_side":"left"}
        """u8.ToArray();

    private static readonly byte[] s_map = """
        {"bos_token":"<s>","pad_token":{"content":"a","lstrip":true},"image_token":"<j>","additional_special_tokens":["<e>",{"content":"<g>"}],"extra_special_tokens":["h"]}
        """u8.ToArray();

    private static readonly byte[] s_added = """{"x":9,"y":10}"""u8.ToArray();

    private static readonly byte[][] s_tokenizers =
    [
        """
        {"padding":{"strategy":"BatchLongest","direction":"Left","pad_to_multiple_of":null,"pad_id":7,"pad_type_id":1,"pad_token":"<x>"},
         "added_tokens":[{"id":1,"content":"a","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":false}],
         "model":{"type":"WordLevel","vocab":{"u":0,"a":1},"unk_token":"u"}}
        """u8.ToArray(),
        """
        {"pre_tokenizer":{"type":"Metaspace","replacement":"_","prepend_scheme":"always","split":true},
         "model":{"type":"Unigram","unk_id":2,"vocab":[["<pad>",0],["</s>",0],["<unk>",0],["_",-2]]}}
        """u8.ToArray(),
        """{"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true},"model":{"type":"BPE","vocab":{"a":0,"b":1},"merges":[]}}"""u8.ToArray(),
    ];

    private static readonly string[] s_texts =
        ["<s>", "BertTokenizer", "LlamaTokenizer", "GPT2Tokenizer", "RobertaTokenizer", "T5Tokenizer", "a", "", "\uD83D\uDE00", "left", "AddedToken", new('x', 2000), "<extra_id_0>"];

    public TestContext TestContext { get; set; } = null!;

    /// <summary>Were each token compared with all others, this would take minutes.</summary>
    [TestMethod]
    [Timeout(60_000, CooperativeCancellation = false)]
    public void SettingsWithManyTokensAreReadInOnePass()
    {
        const int Tokens = 30_000;
        string names = Join(i => $"\"n{i}_token\":\"x{i}\"");
        string config = $$"""{"tokenizer_class":"GPT2Tokenizer",{{names}},"extra_special_tokens":[{{Join(i => $"\"e{i}\"")}}]}""";
        string decoder = "{" + names + ",\"added_tokens_decoder\":{" + Join(i => $"\"{i}\":{{\"content\":\"t{i}\"}}") + "}}";
        string added = "{" + Join(i => $"\"a{i}\":{i}") + "}";
        Assert.AreEqual(2 + 1 + (3 * Tokens), Load(config, config, added).VocabularySize);
        Assert.AreEqual(2 + (2 * Tokens), Load(decoder, null, null).VocabularySize);

        static string Join(Func<int, string> item) => string.Join(',', Enumerable.Range(0, Tokens).Select(item));

        static HuggingFaceTokenizer Load(string config, string? map, string? added)
        {
            List<(string, byte[])> files = [("tokenizer.json", s_tokenizers[2]), ("tokenizer_config.json", Encoding.UTF8.GetBytes(config))];
            if (map is not null)
                files.Add(("special_tokens_map.json", Encoding.UTF8.GetBytes(map)));
            if (added is not null)
                files.Add(("added_tokens.json", Encoding.UTF8.GetBytes(added)));
            return HuggingFaceTokenizer.Load(files);
        }
    }

    [TestMethod]
    public void SettingsGiveDocumentedErrorsOrWork()
    {
        int loaded = 0;
        for (int seed = 0; seed < Seeds; seed++)
        {
            var random = new Random(seed);
            var files = new List<(string, byte[])> { ("tokenizer.json", s_tokenizers[seed % s_tokenizers.Length]), ("tokenizer_config.json", Mutate(s_config)) };
            if (random.Next(2) == 0)
                files.Add(("special_tokens_map.json", Mutate(s_map)));
            if (random.Next(3) == 0)
                files.Add(("added_tokens.json", Mutate(s_added)));
            try
            {
                Use(HuggingFaceTokenizer.Load(files));
                loaded++;
            }
            catch (LoraFormatException e)
            {
                StringAssert.Contains(e.Message, ".json", $"seed {seed}");
            }
            catch (Exception e) when (e is not AssertFailedException)
            {
                Assert.Fail($"seed {seed}: {string.Join(Environment.NewLine, files.Select(file => Encoding.UTF8.GetString(file.Item2)))}: {e}");
            }

            byte[] Mutate(byte[] content) => new JsonMutator(random, s_texts).Mutate(content);
        }

        TestContext.WriteLine($"{loaded} of {Seeds} loaded");
        Assert.IsGreaterThan(Seeds / 3, loaded);
    }

    private static void Use(HuggingFaceTokenizer tokenizer)
    {
        Assert.IsTrue(tokenizer.SpecialTokens.Values.All(token => token.Length == 0 || tokenizer.TokenToId(token) is not null || tokenizer.Settings.Class is not null));
        Assert.IsNotNull(tokenizer.ModelInputNames);
        try
        {
            tokenizer.Decode(tokenizer.Encode("a b <s> x").Ids, skipSpecialTokens: true);
            tokenizer.Call([("a", null), ("a b", "c")], new HuggingFaceCallOptions { Padding = HuggingFacePaddingMode.Longest, MaxLength = 4, Truncate = true });
        }
        catch (InvalidOperationException)
        {
            // No token for what is unknown.
        }
        catch (ArgumentException e) when (e.Message.Contains("pad", StringComparison.Ordinal))
        {
            // No token to pad with.
        }
    }
}
