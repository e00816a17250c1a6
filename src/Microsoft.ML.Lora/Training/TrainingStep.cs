using System.Runtime.InteropServices;
using Microsoft.ML.Lora.Adapters;
using Microsoft.ML.Lora.Diagnostics;
using Microsoft.ML.Lora.Kernels;
using Microsoft.ML.Lora.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Training;

/// <summary>
/// Forward and backward of one batch, in parts of bounded size. The gradient of every part is divided by the whole batch's divisor, so that
/// the parts add up to the gradient of the batch's mean loss whatever their sizes and weights.
/// </summary>
/// <param name="classifier">What is trained.</param>
/// <param name="loss">The loss of a row.</param>
/// <param name="seed">The user's seed.</param>
/// <param name="maxTokens">Tokens computed at once.</param>
/// <param name="embeddingNoise">Strength of noise on the word embeddings; 0 for none.</param>
/// <param name="recompute">Keep little for backward, and compute the rest again.</param>
internal sealed class TrainingStep(
    SequenceClassifier classifier, ClassificationLoss loss, ulong seed, int maxTokens, double embeddingNoise = 0, bool recompute = false)
{
    /// <summary>Leaves the gradient of the mean loss in the parameters.</summary>
    /// <param name="set">The rows.</param>
    /// <param name="batch">Which of them.</param>
    /// <param name="step">From 0.</param>
    /// <param name="cancellationToken">Checked between layers.</param>
    /// <returns>Sum of the weighted losses, and the divisor of their mean; both 0 when no row has a weight, and then nothing was computed.</returns>
    public (double Sum, double Divisor) Run(TrainingSet set, int[] batch, long step, CancellationToken cancellationToken)
    {
        double divisor = 0;
        foreach (int row in batch)
            divisor += loss.DivisorOf(set.Label(row), set.Weight(row));
        if (divisor == 0)
            return (0, 0);
        double sum = 0;
        foreach (ArraySegment<int> part in BatchPlan.Parts(set, batch, maxTokens))
        {
            sum += RunPart(set, part, step, divisor, cancellationToken);
            if (!double.IsFinite(sum))
                break; // the caller stops; the other parts cannot mend it
        }

        return (sum, divisor);
    }

    private double RunPart(TrainingSet set, ArraySegment<int> rows, long step, double divisor, CancellationToken cancellationToken)
    {
        using DisposeScope scope = NewDisposeScope();
        using PackedBatch batch = PackedBatch.Create([.. rows.Select(set.Row)], classifier.Model.Device);
        var context = new ForwardContext
        {
            Batch = batch,
            Training = true,
            Seed = seed,
            Step = step,
            ComputeType = classifier.Model.ComputeType,
            Adapters = classifier.Adapter,
            EmbeddingNoise = (float)embeddingNoise,
            Recompute = recompute,
            CancellationToken = cancellationToken,
        };
        LoraEventSource.Log.Forward(step);
        Tensor logits = classifier.Logits(context);                             // (rows, classes), packed order
        int classes = classifier.Classes;
        float[] values = ParameterValues.Read(logits);
        float[] gradient = new float[values.Length];
        double sum = 0;
        double[] row = new double[classes], rowGradient = new double[classes];
        for (int i = 0; i < batch.RowCount; i++)
        {
            for (int c = 0; c < classes; c++)
                row[c] = values[i * classes + c];
            int index = rows[batch.Order[i]];
            sum += loss.Row(row, set.Label(index), set.Weight(index), rowGradient);
            for (int c = 0; c < classes; c++)
                gradient[i * classes + c] = (float)(rowGradient[c] / divisor);
        }

        if (double.IsFinite(sum))
        {
            cancellationToken.ThrowIfCancellationRequested();
            LoraEventSource.Log.Backward(step);
            // d(sum of logits * g) / d(logits) = g: the gradient computed above enters the graph.
            Tensor g = tensor(gradient, batch.RowCount, classes, ScalarType.Float32, classifier.Model.Device);
            (logits * g).sum().backward();
            HandedOver.Clear();
        }

        return sum;
    }
}
