using Microsoft.ML.Lora.Adapters;
using Microsoft.ML.Lora.Models;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Models;

/// <summary>Batches to score come in few sizes, and what fills them up is never seen.</summary>
[TestClass]
public sealed class FillerRowsTests
{
    private const int MaxPositions = 40;

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void BatchesComeInFewSizes(bool firstTokensOnly)
    {
        var tokens = new HashSet<int>();
        var counts = new HashSet<int>();
        for (int rows = 1; rows <= 300; rows++)
        {
            for (int length = 1; length <= 9; length += 2)
            {
                TokenizedRow[] given = [.. Enumerable.Range(0, rows).Select(i => new TokenizedRow(new int[1 + (i % length)], null, i))];
                TokenizedRow[] fillers = [.. FillerRows.For(given, firstTokensOnly, MaxPositions)];
                Assert.IsTrue(fillers.All(row => row.Ids.Length is > 0 and <= MaxPositions));
                (int before, int after) = (given.Sum(row => row.Ids.Length), given.Concat(fillers).Sum(row => row.Ids.Length));
                Assert.IsLessThanOrEqualTo((1.13 * before) + 16, after);
                tokens.Add(after);
                counts.Add(rows + fillers.Length);
            }
        }

        Assert.IsLessThan(110, tokens.Count, $"{tokens.Count} sizes");
        if (firstTokensOnly)
            Assert.IsLessThan(70, counts.Count, $"{counts.Count} numbers of rows");
    }

    [TestMethod]
    [DataRow(PoolingMode.Mean)]
    [DataRow(PoolingMode.Cls)]
    public void ScoresAreThoseOfTheRowsAlone(PoolingMode mode)
    {
        using BertModel model = TinyBert.Model();
        using SequenceClassifier classifier = SequenceClassifier.Create(
            model, new Pooling(new PoolingSettings(mode), model), new LoraOptions(), 2, 0, 1, out _);
        TokenizedRow[] rows = TinyBert.Rows([.. Enumerable.Range(0, 45).Select(i => 1 + (i * 7 % 23))]);
        Assert.IsNotEmpty(FillerRows.For(rows, mode == PoolingMode.Cls, model.MaxPositions));
        float[] together = new float[2 * rows.Length], alone = new float[2];
        classifier.Score(rows, null, together);
        for (int i = 0; i < rows.Length; i++)
        {
            classifier.Score([rows[i]], null, alone);
            GoldenAssert.Near(alone, together[(2 * i)..(2 * i + 2)], GoldenTolerances.ModelFloat32, $"row {i}");
        }
    }
}
