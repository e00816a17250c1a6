using Microsoft.ML.Lora.Adapters;

namespace Microsoft.ML.Lora.Training;

/// <summary>Remembers the parameters of the best epoch by the validation metric, and how long ago it was.</summary>
internal sealed class BestEpoch(ModelSelectionMetric metric)
{
    /// <summary>From 1; 0 before the first.</summary>
    public int Epoch { get; private set; }

    /// <summary>Epochs in a row without an improvement.</summary>
    public int Waited { get; private set; }

    /// <summary>The best epoch's evaluation.</summary>
    public EvaluationResult? Validation { get; private set; }

    /// <summary>The best epoch's parameters.</summary>
    public float[][]? Parameters { get; private set; }

    /// <summary>Takes an epoch in.</summary>
    /// <returns>Whether it is the best so far.</returns>
    public bool Offer(int epoch, EvaluationResult validation, SequenceClassifier classifier)
    {
        if (Validation is not null && !IsBetter(validation, Validation))
        {
            Waited++;
            return false;
        }

        Epoch = epoch;
        Waited = 0;
        Validation = validation;
        Parameters = classifier.CopyParameters();
        return true;
    }

    /// <summary>Goes on from a checkpoint.</summary>
    public void Restore(int epoch, int waited, EvaluationResult validation, float[][] parameters)
    {
        Epoch = epoch;
        Waited = waited;
        Validation = validation;
        Parameters = parameters;
    }

    private bool IsBetter(EvaluationResult a, EvaluationResult b)
    {
        double gain = metric switch
        {
            ModelSelectionMetric.Accuracy => a.Metrics.Accuracy - b.Metrics.Accuracy,
            ModelSelectionMetric.MacroF1 => a.Metrics.MacroF1 - b.Metrics.MacroF1,
            _ => 0,
        };
        return gain != 0 ? gain > 0 : a.Loss < b.Loss;
    }
}
