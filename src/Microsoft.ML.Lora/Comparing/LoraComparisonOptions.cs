using Microsoft.ML.Lora.Configuration;

namespace Microsoft.ML.Lora;

/// <summary>What <see cref="LoraComparison"/> compares, on which columns.</summary>
public sealed class LoraComparisonOptions
{
    /// <summary>The label: a key.</summary>
    /// <value>Default "Label".</value>
    public string LabelColumnName { get; set; } = "Label";

    /// <summary>The text to classify.</summary>
    /// <value>Default "Sentence1".</value>
    public string Sentence1ColumnName { get; set; } = "Sentence1";

    /// <summary>A second text, where pairs are classified.</summary>
    /// <value>Default null.</value>
    public string? Sentence2ColumnName { get; set; }

    /// <summary>The model that is adapted.</summary>
    /// <value>Default null: <see cref="BaseModel.MiniEncoder"/>.</value>
    public BaseModel? BaseModel { get; set; }

    /// <summary>The ways to train, in the order of the report.</summary>
    /// <value>Default <see cref="LoraComparisonMethod.Defaults"/>.</value>
    public IReadOnlyList<LoraComparisonMethod> Methods { get; set; } = LoraComparisonMethod.Defaults;

    /// <summary>
    /// How all are trained; each method sets its own learning rates. The validation part chooses the epoch and fits the calibration; the test rows are
    /// looked at once, at the end.
    /// </summary>
    /// <value>Default: 8 epochs, a tenth of the training rows to validate on.</value>
    public TrainingOptions Training { get; set; } = new() { MaxEpochs = 8, ValidationFraction = 0.1 };

    /// <summary>One training of each method for each seed; the report shows means.</summary>
    /// <value>Default: 1.</value>
    public IReadOnlyList<int> Seeds { get; set; } = [1];

    /// <summary>Longest row in tokens.</summary>
    /// <value>Default null: what base model and tokenizer take.</value>
    public int? MaxLength { get; set; }

    /// <summary>The report's headline.</summary>
    /// <value>Default "LoRA compared".</value>
    public string Title { get; set; } = "LoRA compared";

    /// <summary>What the data is, for the report.</summary>
    /// <value>Default null: the number of rows and classes only.</value>
    public string? DataName { get; set; }

    /// <summary>Told a line at each step of the way.</summary>
    /// <value>Default null.</value>
    public IProgress<string>? Progress { get; set; }

    /// <summary>Ends the comparison with an <see cref="OperationCanceledException"/>.</summary>
    /// <value>Default: none.</value>
    public CancellationToken CancellationToken { get; set; }

    /// <summary>A checked copy.</summary>
    /// <exception cref="ArgumentException">Something is not valid; the message names every problem.</exception>
    internal LoraComparisonOptions CheckedCopy()
    {
        ArgumentNullException.ThrowIfNull(Training, nameof(Training));
        ArgumentNullException.ThrowIfNull(Methods, nameof(Methods));
        ArgumentNullException.ThrowIfNull(Seeds, nameof(Seeds));
        var problems = new OptionProblems();
        Training.Validate(problems);
        foreach (LoraComparisonMethod method in Methods)
        {
            method.Lora?.Validate(problems);
            problems.CheckRange($"Methods['{method.Name}'].LearningRate", method.LearningRate, 0, double.MaxValue, minimumAllowed: false);
        }

        foreach (IGrouping<string, LoraComparisonMethod> same in Methods.GroupBy(m => m.Name).Where(g => g.Count() > 1))
            problems.Add(nameof(Methods), $"has {same.Count()} methods with the name '{same.Key}'; names tell them apart.");
        if (Methods.Count == 0)
            problems.Add(nameof(Methods), "is empty; there is nothing to compare.");
        if (Seeds.Count == 0)
            problems.Add(nameof(Seeds), "is empty; at least one is needed.");
        problems.ThrowIfAny("options");
        var copy = (LoraComparisonOptions)MemberwiseClone();
        copy.Training = Training.Snapshot();
        copy.Methods = [.. Methods];
        copy.Seeds = [.. Seeds];
        return copy;
    }
}
