namespace Microsoft.ML.Lora.Training;

/// <summary>A classifier on a whole set of rows.</summary>
/// <param name="Loss">Mean cross entropy, each row weighted by its weight; without smoothing or class weights.</param>
/// <param name="Metrics">Of unweighted rows.</param>
/// <param name="Logits">(rows, classes) in the order of the set.</param>
internal sealed record EvaluationResult(double Loss, ClassificationMetrics Metrics, float[] Logits)
{
    /// <summary>One array of doubles per row.</summary>
    public double[][] LogitRows()
    {
        int classes = Metrics.Classes;
        return Logits.Chunk(classes).Select(row => Array.ConvertAll(row, x => (double)x)).ToArray();
    }
}
