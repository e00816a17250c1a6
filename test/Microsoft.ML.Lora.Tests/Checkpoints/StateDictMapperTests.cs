using Microsoft.ML.Lora.Checkpoints;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Checkpoints;

[TestClass]
public sealed class StateDictMapperTests
{
    private static readonly StateDictRules s_rules = new() { Prefixes = ["bert."], HeadPrefixes = ["cls."] };

    private static readonly ExpectedTensor[] s_expected =
    [
        new("layer.0.dense.weight", [3, 2]), new("layer.0.LayerNorm.weight", [3]), new("layer.0.LayerNorm.bias", [3]),
        new("pooler.dense.weight", [3, 3], Required: false),
    ];

    [TestMethod]
    public void PrefixesOldNamesBuffersAndHeadsAreUnderstood()
    {
        IReadOnlyDictionary<string, string> map = StateDictMapper.Map("f",
        [
            ("bert.layer.0.dense.weight", [3, 2]), ("bert.layer.0.LayerNorm.gamma", [3]), ("bert.layer.0.LayerNorm.beta", [3]),
            ("bert.embeddings.position_ids", [1, 512]), ("cls.predictions.bias", [7]),
        ], s_expected, s_rules);
        Assert.HasCount(3, map);
        Assert.AreEqual("bert.layer.0.LayerNorm.gamma", map["layer.0.LayerNorm.weight"]);
        Assert.AreEqual("bert.layer.0.LayerNorm.beta", map["layer.0.LayerNorm.bias"]);
        Assert.AreEqual("layer.0.dense.weight", StateDictMapper.Map("f",
            [("layer.0.dense.weight", [3, 2]), ("layer.0.LayerNorm.weight", [3]), ("layer.0.LayerNorm.bias", [3])], s_expected, s_rules)["layer.0.dense.weight"]);
    }

    [TestMethod]
    public void EverythingWrongIsInOneErrorWithNearestNames()
    {
        LoraFormatException error = Assert.ThrowsExactly<LoraFormatException>(() => StateDictMapper.Map("model.safetensors",
            [("bert.layer.0.dense.weihgt", [3, 2]), ("layer.0.LayerNorm.weight", [4]), ("gpt.wte", [9, 9])], s_expected, s_rules));
        foreach (string part in (string[])
        [
            "'model.safetensors'", "2 missing: layer.0.dense.weight (nearest: bert.layer.0.dense.weihgt)", "layer.0.LayerNorm.bias",
            "2 unexpected: bert.layer.0.dense.weihgt (nearest: layer.0.dense.weight)", "gpt.wte",
            "1 of another shape: layer.0.LayerNorm.weight: found [4], expected [3]",
        ])
            StringAssert.Contains(error.Message, part);
    }

    [TestMethod]
    public void LongListsAreCut()
    {
        LoraFormatException error = Assert.ThrowsExactly<LoraFormatException>(() => StateDictMapper.Map("f",
            Enumerable.Range(0, 100_000).Select(i => ($"foreign.{i}", new long[] { 1 })), s_expected, s_rules));
        StringAssert.Contains(error.Message, "100000 unexpected");
        Assert.IsLessThan(4000, error.Message.Length);
        Assert.HasCount(100_003, error.Details, "three are missing");
    }

    [TestMethod]
    public void EveryKeyIsInTheOneError()
    {
        // A checkpoint of 40 layers whose names are all a little off, one of whose tensors has another shape.
        ExpectedTensor[] expected = [.. Enumerable.Range(0, 40).Select(i => new ExpectedTensor($"encoder.layer.{i}.dense.weight", [2, 2])), new("norm.weight", [3])];
        LoraFormatException error = Assert.ThrowsExactly<LoraFormatException>(() => StateDictMapper.Map("f",
            [.. Enumerable.Range(0, 40).Select(i => ($"encoder.layer.{i}.dens.weight", new long[] { 2, 2 })), ("norm.weight", [4])], expected, new StateDictRules()));
        foreach (string part in (string[])["40 missing: ", "40 unexpected: ", "and 28 more", "all 81 are in the exception's Details"])
            StringAssert.Contains(error.Message, part);
        for (int i = 0; i < 40; i++)
        {
            CollectionAssert.Contains(error.Details.ToArray(), $"missing: encoder.layer.{i}.dense.weight (nearest: encoder.layer.{i}.dens.weight)");
            CollectionAssert.Contains(error.Details.ToArray(), $"unexpected: encoder.layer.{i}.dens.weight (nearest: encoder.layer.{i}.dense.weight)");
        }

        CollectionAssert.Contains(error.Details.ToArray(), "of another shape: norm.weight: found [4], expected [3]");
        Assert.HasCount(81, error.Details);
    }

    [TestMethod]
    public void TheSameTensorUnderTwoNamesIsRefused()
    {
        LoraFormatException error = Assert.ThrowsExactly<LoraFormatException>(() => StateDictMapper.Map("f",
            [("layer.0.dense.weight", [3, 2]), ("bert.layer.0.dense.weight", [3, 2]), ("layer.0.LayerNorm.weight", [3]), ("layer.0.LayerNorm.bias", [3])],
            s_expected, s_rules));
        StringAssert.Contains(error.Message, "given twice");
    }

    [TestMethod]
    [DataRow("")]
    [DataRow("bert.")]
    [DataRow("model.")]
    [DataRow("transformer.")]
    [DataRow("module.bert.")]
    [DataRow("module.model.transformer.")]
    public void AnyPrefixOfAModelIsTakenOff(string prefix)
    {
        IReadOnlyDictionary<string, string> map = StateDictMapper.Map("f",
            [($"{prefix}layer.0.dense.weight", [3, 2]), ($"{prefix}layer.0.LayerNorm.gamma", [3]), ($"{prefix}layer.0.LayerNorm.bias", [3]), ($"{prefix}embeddings.position_ids", [1, 9])],
            s_expected, s_rules);
        Assert.AreEqual($"{prefix}layer.0.LayerNorm.gamma", map["layer.0.LayerNorm.weight"]);
        Assert.HasCount(3, map);
    }

    [TestMethod]
    public void ANameThatIsMeantIsNotCutOrIgnored()
    {
        // A tensor may be called like a prefix, an old ending or a buffer.
        ExpectedTensor[] expected = [new("model.norm.weight", [3]), new("transformer.attn.bias", [4])];
        IReadOnlyDictionary<string, string> map = StateDictMapper.Map("f", [("model.norm.weight", [3]), ("module.transformer.attn.bias", [4])], expected, new StateDictRules());
        Assert.AreEqual("model.norm.weight", map["model.norm.weight"]);
        Assert.AreEqual("module.transformer.attn.bias", map["transformer.attn.bias"]);
    }

    [TestMethod]
    public void MasksPositionsAndFrequenciesAreIgnoredByRule()
    {
        var rules = new StateDictRules { Buffers = ["relative_bias.buckets"] };
        ExpectedTensor[] expected = [new("h.0.attn.c_attn.bias", [6])];
        IReadOnlyDictionary<string, string> map = StateDictMapper.Map("f",
        [
            ("transformer.h.0.attn.c_attn.bias", [6]), ("transformer.h.0.attn.bias", [1, 1, 8, 8]), ("h.0.attn.masked_bias", []), ("model.layers.0.self_attn.rotary_emb.inv_freq", [4]),
            ("embeddings.position_ids", [1, 8]), ("encoder.relative_bias.buckets", [3]),
        ], expected, rules);
        Assert.HasCount(1, map);
        LoraFormatException error = Assert.ThrowsExactly<LoraFormatException>(() => StateDictMapper.Map("f", [("h.0.attn.c_attn.bias", [6]), ("h.0.xattn.bias", [6])], expected, rules));
        StringAssert.Contains(error.Message, "1 unexpected: h.0.xattn.bias");
    }

    [TestMethod]
    public void TiedTensorsAreThereUnderAllTheirNames()
    {
        var rules = new StateDictRules { Tied = [["shared.weight", "encoder.embed_tokens.weight", "lm_head.weight"]] };
        ExpectedTensor[] expected = [new("shared.weight", [5, 2]), new("lm_head.weight", [5, 2])];
        foreach (string stored in (string[])["shared.weight", "lm_head.weight", "encoder.embed_tokens.weight"])
        {
            IReadOnlyDictionary<string, string> map = StateDictMapper.Map("f", [(stored, [5, 2])], expected, rules);
            Assert.AreEqual(stored, map["shared.weight"]);
            Assert.AreEqual(stored, map["lm_head.weight"]);
        }

        IReadOnlyDictionary<string, string> all = StateDictMapper.Map("f", [("shared.weight", [5, 2]), ("encoder.embed_tokens.weight", [5, 2]), ("lm_head.weight", [5, 2])], expected, rules);
        Assert.AreEqual("lm_head.weight", all["lm_head.weight"], "what is stored is used");
        StringAssert.Contains(Assert.ThrowsExactly<LoraFormatException>(() => StateDictMapper.Map("f", [("encoder.embed_tokens.weight", [4, 2])], expected, rules)).Message,
            "2 of another shape: encoder.embed_tokens.weight: found [4, 2], expected [5, 2]");
    }

    [TestMethod]
    public void NearestIsTheSmallestEditDistance()
    {
        Assert.AreEqual("layer.10.weight", StateDictMapper.Nearest("layer.1.weight", ["layer.200.weight", "layer.10.weight", "other"]));
        Assert.AreEqual("kitten", StateDictMapper.Nearest("sitting", ["kitten"]), "3 edits");
        Assert.IsNull(StateDictMapper.Nearest("abc", ["completely.different"]));
        // Long names that all differ a little take no time.
        string[] many = [.. Enumerable.Range(0, 1000).Select(i => new string('x', 250) + $"{i:d40}")];
        var watch = System.Diagnostics.Stopwatch.StartNew();
        Assert.AreEqual(many[7], StateDictMapper.Nearest(new string('x', 249) + $"{7:d40}", many));
        Assert.IsLessThan(TimeSpan.FromSeconds(5), watch.Elapsed);
    }
}
