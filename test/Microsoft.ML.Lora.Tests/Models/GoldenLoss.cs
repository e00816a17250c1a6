using Microsoft.ML.Lora.Checkpoints;
using Microsoft.ML.Lora.Models;

namespace Microsoft.ML.Lora.Tests.Models;

/// <summary>The losses that the README of the recorded models defines, in double.</summary>
internal static class GoldenLoss
{
    private const long Ignored = -100;

    /// <summary>The loss of a case, or null with the reason where rows without padding do not determine it.</summary>
    public static double? Compute(GoldenTensors tensors, string tag, GoldenBatch golds, PackedBatch batch, GoldenHeads heads, out string why)
    {
        why = "";
        if (tensors.Has($"{tag}.in.start_positions"))
            return Spans(tensors, tag, golds, batch, heads, out why);
        string labels = $"{tag}.in.labels";
        int[] shape = tensors.Shape($"{tag}.out.logits");
        if (shape.Length == 3)
            return Tokens(tensors.Longs(labels), shape[2], golds, batch, heads, out why);
        float[] logits = GoldenBatch.ToCallersOrder(heads.PerRow("logits")!.Floats(), batch);
        if (tensors.Type(labels) == SafetensorsType.I64)
            return tensors.Longs(labels).Select((label, row) => CrossEntropy(logits.AsSpan(row * shape[1], shape[1]), (int)label)).Average();
        float[] targets = tensors.Floats(labels);
        return shape[1] == 1
            ? targets.Select((target, i) => Math.Pow(logits[i] - (double)target, 2)).Average()
            : targets.Select((target, i) => Math.Max(logits[i], 0) - (logits[i] * (double)target) + Math.Log(1 + Math.Exp(-Math.Abs(logits[i])))).Average();
    }

    private static double? Spans(GoldenTensors tensors, string tag, GoldenBatch golds, PackedBatch batch, GoldenHeads heads, out string why)
    {
        why = "the softmax runs over padding positions too, which are not computed";
        if (golds.HasPadding)
            return null;
        double sum = 0;
        foreach (string end in (string[])["start", "end"])
        {
            float[] logits = Padded(heads.PerToken($"{end}_logits", 1, 2)!.Floats(), 1, golds, batch);
            long[] positions = tensors.Longs($"{tag}.in.{end}_positions");
            sum += positions.Select((position, row) => (position, row)).Where(p => p.position >= 0 && p.position < golds.Width)
                .Select(p => CrossEntropy(logits.AsSpan(p.row * golds.Width, golds.Width), (int)p.position)).Average() / 2;
        }

        return sum;
    }

    private static double? Tokens(long[] labels, int classes, GoldenBatch golds, PackedBatch batch, GoldenHeads heads, out string why)
    {
        why = "a padding position has a label";
        for (int i = 0; i < labels.Length; i++)
        {
            if (labels[i] != Ignored && i % golds.Width >= golds.Rows[i / golds.Width].Ids.Length)
                return null;
        }

        float[] logits = Padded(heads.PerToken("logits", classes, 3)!.Floats(), classes, golds, batch);
        return labels.Select((label, i) => (label, i)).Where(p => p.label != Ignored)
            .Select(p => CrossEntropy(logits.AsSpan(p.i * classes, classes), (int)p.label)).Average();
    }

    private static float[] Padded(float[] packed, int channels, GoldenBatch golds, PackedBatch batch)
    {
        float[] padded = new float[golds.Rows.Count * golds.Width * channels];
        for (int row = 0; row < batch.RowCount; row++)
        {
            int original = batch.Order[row], length = golds.Rows[original].Ids.Length;
            packed.AsSpan(batch.RowStarts[row] * channels, length * channels).CopyTo(padded.AsSpan(original * golds.Width * channels));
        }

        return padded;
    }

    private static double CrossEntropy(ReadOnlySpan<float> logits, int label)
    {
        double max = double.MinValue, sum = 0;
        foreach (float logit in logits)
            max = Math.Max(max, logit);
        foreach (float logit in logits)
            sum += Math.Exp(logit - max);
        return max + Math.Log(sum) - logits[label];
    }
}
