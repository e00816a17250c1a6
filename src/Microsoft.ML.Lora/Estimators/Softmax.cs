namespace Microsoft.ML.Lora.Estimators;

/// <summary><c>p_i = exp(z_i / T) / sum_j exp(z_j / T)</c>, computed in double so that the sum is 1 to float's last digits.</summary>
internal static class Softmax
{
    /// <summary>Probabilities of one row of logits at temperature T.</summary>
    public static float[] Of(ReadOnlySpan<float> logits, double temperature)
    {
        double largest = double.NegativeInfinity;
        foreach (float logit in logits)
            largest = Math.Max(largest, logit / temperature);

        Span<double> terms = logits.Length <= 256 ? stackalloc double[logits.Length] : new double[logits.Length];
        double sum = 0;
        for (int i = 0; i < logits.Length; i++)
            sum += terms[i] = Math.Exp(logits[i] / temperature - largest);

        float[] probabilities = new float[logits.Length];
        for (int i = 0; i < logits.Length; i++)
            probabilities[i] = (float)(terms[i] / sum);
        return probabilities;
    }
}
