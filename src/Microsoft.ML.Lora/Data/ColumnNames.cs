using Microsoft.ML.Lora.Configuration;

namespace Microsoft.ML.Lora.Data;

/// <summary>The columns that a text classifier reads and writes.</summary>
/// <param name="Label">Key; read while training only.</param>
/// <param name="Score">Vector of float; written.</param>
/// <param name="PredictedLabel">Key; written.</param>
/// <param name="Sentence1">Text; read.</param>
/// <param name="Sentence2">Text; read; null for single texts.</param>
/// <param name="Weight">Float; read while training only; null when all examples weigh the same.</param>
internal sealed record ColumnNames(string Label, string Score, string PredictedLabel, string Sentence1, string? Sentence2, string? Weight)
{
    /// <summary>Notes names that are missing or that clash.</summary>
    public void Validate(OptionProblems problems)
    {
        CheckName(problems, "labelColumnName", Label);
        CheckName(problems, "scoreColumnName", Score);
        CheckName(problems, "outputColumnName", PredictedLabel);
        CheckName(problems, "sentence1ColumnName", Sentence1);
        if (Sentence2 is not null)
            CheckName(problems, "sentence2ColumnName", Sentence2);
        if (Weight is not null)
            CheckName(problems, "exampleWeightColumnName", Weight);
        if (Score is not null && Score == PredictedLabel)
            problems.Add("outputColumnName", $"is '{PredictedLabel}', as scoreColumnName is; the two outputs need different names.");
    }

    private static void CheckName(OptionProblems problems, string option, string? name)
    {
        if (string.IsNullOrWhiteSpace(name))
            problems.Add(option, name is null ? "is null; it must name a column." : $"is '{name}'; it must name a column.");
    }
}
