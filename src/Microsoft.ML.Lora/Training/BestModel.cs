using Microsoft.ML.Lora.Adapters;

namespace Microsoft.ML.Lora.Training;

/// <summary>Remembers the parameters of the best evaluation by the validation metric, and how long ago it was.</summary>
internal sealed class BestModel(ModelSelectionMetric metric)
{
    /// <summary>The epoch it is from, from 1; 0 before the first.</summary>
    public int Epoch { get; private set; }

    /// <summary>Optimizer steps taken before it.</summary>
    public long Step { get; private set; }

    /// <summary>Evaluations in a row without an improvement.</summary>
    public int Waited { get; private set; }

    /// <summary>The best evaluation.</summary>
    public EvaluationResult? Validation { get; private set; }

    /// <summary>The parameters then.</summary>
    public float[][]? Parameters { get; private set; }

    /// <summary>Takes an evaluation in.</summary>
    /// <returns>Whether it is the best so far.</returns>
    public bool Offer(int epoch, long step, EvaluationResult validation, SequenceClassifier classifier)
    {
        if (Validation is not null && !IsBetter(validation, Validation))
        {
            Waited++;
            return false;
        }

        Restore(epoch, step, 0, validation, classifier.CopyParameters());
        return true;
    }

    /// <summary>Goes on from a checkpoint.</summary>
    public void Restore(int epoch, long step, int waited, EvaluationResult validation, float[][] parameters)
    {
        Epoch = epoch;
        Step = step;
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
