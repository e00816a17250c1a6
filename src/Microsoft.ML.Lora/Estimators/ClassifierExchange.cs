using Microsoft.ML.Lora.Configuration;
using Microsoft.ML.Lora.Data;

namespace Microsoft.ML.Lora.Estimators;

/// <summary>Whether a classifier can take another's place: what readers were promised must stay true.</summary>
internal static class ClassifierExchange
{
    /// <exception cref="ArgumentException">Something differs that readers rely on; all of it is named.</exception>
    public static void Check(ClassifierState live, ClassifierState replacement, string parameter)
    {
        var problems = new OptionProblems();
        if (replacement.Base.Fingerprint != live.Base.Fingerprint)
            problems.Add("base model", $"is {replacement.Base.Reference}; this classifier's is {live.Base.Reference}. Train both on the same base.");
        ColumnNames ours = live.Settings.Columns, theirs = replacement.Settings.Columns;
        CheckColumn("sentence1ColumnName", ours.Sentence1, theirs.Sentence1);
        CheckColumn("sentence2ColumnName", ours.Sentence2, theirs.Sentence2);
        CheckColumn("scoreColumnName", ours.Score, theirs.Score);
        CheckColumn("outputColumnName", ours.PredictedLabel, theirs.PredictedLabel);
        if (!SameLabels(live.Labels, replacement.Labels))
        {
            problems.Add("labels",
                $"are {Describe(replacement.Labels)}; this classifier's are {Describe(live.Labels)}. Readers hold the schema with these: prepare the labels of both with the same fitted transformer.");
        }

        problems.ThrowIfAny(parameter);

        void CheckColumn(string option, string? here, string? there)
        {
            if (here != there)
                problems.Add(option, $"is {Quoted(there)}; this classifier's is {Quoted(here)}.");
        }
    }

    private static bool SameLabels(LabelInfo a, LabelInfo b)
    {
        if (a.ClassCount != b.ClassCount || (a.Values is null) != (b.Values is null))
            return false;
        return a.Values is null || (a.Values.PositionsOf(b.Values!) is { } positions && positions.Select((position, i) => position == i).All(same => same));
    }

    private static string Describe(LabelInfo labels)
    {
        const int Shown = 4;
        string names = string.Join(", ", Enumerable.Range(0, Math.Min(Shown, labels.ClassCount)).Select(labels.Describe));
        return $"{labels.ClassCount} classes ({names}{(labels.ClassCount > Shown ? ", ..." : "")})";
    }

    private static string Quoted(string? name) => name is null ? "not set" : $"'{name}'";
}
