using Microsoft.ML.Lora.Checkpoints;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Checkpoints;

[TestClass]
public sealed class StateDictMapperTests
{
    private static readonly StateDictRules s_rules = new() { Prefixes = ["bert."], IgnoredNames = ["embeddings.position_ids"], HeadPrefixes = ["cls."] };

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
    }

    [TestMethod]
    public void TheSameTensorUnderTwoNamesIsRefused()
    {
        LoraFormatException error = Assert.ThrowsExactly<LoraFormatException>(() => StateDictMapper.Map("f",
            [("layer.0.dense.weight", [3, 2]), ("bert.layer.0.dense.weight", [3, 2]), ("layer.0.LayerNorm.weight", [3]), ("layer.0.LayerNorm.bias", [3])],
            s_expected, s_rules));
        StringAssert.Contains(error.Message, "given twice");
    }
}
