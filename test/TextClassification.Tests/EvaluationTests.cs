namespace TextClassification.Tests;

[TestClass]
public sealed class EvaluationTests
{
    // Labels a, b, c, d; d neither occurs nor is predicted.
    private static readonly Evaluation _evaluation = new(["a", "b", "c", "d"], [[3, 1, 0, 0], [0, 2, 2, 0], [0, 0, 2, 0], [0, 0, 0, 0]]);

    [TestMethod]
    public void Accuracy_is_the_share_on_the_diagonal() => Assert.AreEqual(7 / 10.0, _evaluation.Accuracy, 1e-15);

    [TestMethod]
    public void Macro_F1_is_the_mean_over_labels_that_play_a_part() =>
        Assert.AreEqual((2 * 3 / 7.0 + 2 * 2 / 7.0 + 2 * 2 / 6.0) / 3, _evaluation.MacroF1, 1e-15);

    [TestMethod]
    public void Recall_is_per_true_label()
    {
        Assert.AreEqual(0.75, _evaluation.Recall(0));
        Assert.AreEqual(1.0, _evaluation.Recall(2));
        Assert.IsNull(_evaluation.Recall(3));
    }
}
