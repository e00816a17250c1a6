namespace Microsoft.ML.Lora;

/// <summary>What is measured on the validation rows to choose the best model and to stop early.</summary>
public enum ModelSelectionMetric
{
    /// <summary>Share of rows whose most probable class is right; ties go to the evaluation with the lower loss.</summary>
    Accuracy = 0,

    /// <summary>Mean F1 over the classes, all of them counted; ties go to the evaluation with the lower loss.</summary>
    MacroF1 = 1,

    /// <summary>Mean cross entropy; lower is better.</summary>
    Loss = 2,
}
