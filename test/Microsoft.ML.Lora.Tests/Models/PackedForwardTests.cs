using Microsoft.ML.Lora.Models;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Models;

[TestClass]
public sealed class PackedForwardTests
{
    /// <summary>Matrix kernels add in another order for other shapes; measured 2e-6 on values up to 4.</summary>
    private const double ShapeTolerance = 1e-5;

    [TestMethod]
    public void BatchIsSortedByLengthAndStable()
    {
        using PackedBatch batch = PackedBatch.Create(TinyBert.Rows(5, 3, 5, 1, 3));
        CollectionAssert.AreEqual(new[] { 3, 1, 4, 0, 2 }, batch.Order);
        CollectionAssert.AreEqual(new[] { 0, 1, 4, 7, 12 }, batch.RowStarts);
        CollectionAssert.AreEqual(new long[] { 1003, 1001, 1004, 1000, 1002 }, batch.ExampleIds);
        CollectionAssert.AreEqual(new[] { new LengthGroup(0, 1, 1, 0), new LengthGroup(1, 2, 3, 1), new LengthGroup(3, 2, 5, 7) }, batch.Groups.ToArray());
        Assert.AreEqual(17, batch.TokenCount);
        Assert.AreEqual(5, batch.RowCount);
    }

    [TestMethod]
    public void TokensAndSegmentsWithoutAnEmbeddingAreRefusedBeforeTheyAreLookedUp()
    {
        using BertModel model = TinyBert.Model();
        TokenizedRow good = TinyBert.Rows(4)[0];
        int[] ids = [.. good.Ids];
        ids[2] = TinyBert.Config.VocabSize;
        StringAssert.Contains(Assert.ThrowsExactly<LoraFormatException>(() => TinyBert.Hidden(model, [good, good with { Ids = ids }])).Message, $"token {ids[2]}");
        StringAssert.Contains(Assert.ThrowsExactly<LoraFormatException>(() => TinyBert.Hidden(model, [good with { TypeIds = [0, 0, 2, 0] }])).Message, "segment 2");
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void PackedEqualsOneByOneAlsoWithDropout(bool training)
    {
        using BertModel model = TinyBert.Model();
        TokenizedRow[] rows = TinyBert.Rows(7, 3, 7, 12, 1, 3, 30);
        float[][] packed = TinyBert.Hidden(model, rows, training);
        for (int i = 0; i < rows.Length; i++)
            TensorValues.AssertClose(TinyBert.Hidden(model, [rows[i]], training)[0], packed[i], ShapeTolerance, $"row {i}");
        float[][] reversed = TinyBert.Hidden(model, [.. rows.Reverse()], training);
        for (int i = 0; i < rows.Length; i++)
            TensorValues.AssertClose(reversed[rows.Length - 1 - i], packed[i], ShapeTolerance, $"row {i}, reversed");
    }

    [TestMethod]
    public void DropoutChangesWithTheStepAndNotWithTheCall()
    {
        using BertModel model = TinyBert.Model();
        TokenizedRow[] rows = TinyBert.Rows(7, 3);
        float[] first = TinyBert.Hidden(model, rows, training: true, step: 1)[0];
        CollectionAssert.AreEqual(first, TinyBert.Hidden(model, rows, training: true, step: 1)[0]);
        Assert.IsGreaterThan(0.01, TensorValues.MaxDifference(first, TinyBert.Hidden(model, rows, training: true, step: 2)[0]));
        Assert.IsGreaterThan(0.01, TensorValues.MaxDifference(first, TinyBert.Hidden(model, rows)[0]));
    }

    [TestMethod]
    public void BFloat16IsNearFloat32()
    {
        ModelConfig config = TinyBert.Config with { InitializerRange = 0.1f };
        using BertModel wide = TinyBert.Model(config: config);
        using BertModel narrow = TinyBert.Model(ComputeType.BFloat16, config);
        TokenizedRow[] rows = TinyBert.Rows(7, 3, 12);
        float[][] expected = TinyBert.Hidden(wide, rows), actual = TinyBert.Hidden(narrow, rows);
        for (int i = 0; i < rows.Length; i++)
            TensorValues.AssertClose(expected[i], actual[i], GoldenTolerances.ModelBFloat16, $"row {i}");
    }

    [TestMethod]
    public void TooLongRowsAndEmptyRowsAreRefused()
    {
        using BertModel model = TinyBert.Model();
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => TinyBert.Hidden(model, TinyBert.Rows(41))).Message, "at most 40");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => PackedBatch.Create([new TokenizedRow([], null, 0)])).Message, "Row 0");
        Assert.ThrowsExactly<ArgumentException>(() => PackedBatch.Create([]));
    }
}
