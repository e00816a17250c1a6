using System.Globalization;

namespace Microsoft.ML.Lora.Adapters;

/// <summary>Gives a fresh classifier the adapters of a trained one, and those rows of its head whose classes both have.</summary>
internal static class WarmStart
{
    /// <summary>Checks everything, then copies.</summary>
    /// <param name="classifier">Changed; its own options say which layers are adapted, and how.</param>
    /// <param name="trained">Adapters and head to begin with, trained on the same base.</param>
    /// <param name="classes">For each class of the classifier the same class of <paramref name="trained"/>, or -1: it keeps its fresh row.</param>
    /// <exception cref="ArgumentException">The two adapt different layers, or the same ones differently; the message names every difference.</exception>
    /// <exception cref="LoraFormatException">The adapter does not fit the base model.</exception>
    public static void Load(SequenceClassifier classifier, PeftAdapter trained, IReadOnlyList<int> classes)
    {
        using LoraAdapter? adapter = trained.Bind(classifier.Model, classifier.Pooling.OutputSize, out InjectionPlan plan);
        CheckSame([.. classifier.Adapter?.Parts.Select(p => p.Module) ?? []], [.. plan.Targets.Select(t => t.Module)]);
        foreach ((AdaptedPart to, AdaptedPart from) in (classifier.Adapter?.Parts ?? []).Zip(adapter?.Parts ?? []))
        {
            ParameterValues.Write(to.A, ParameterValues.Read(from.A));
            ParameterValues.Write(to.B, ParameterValues.Read(from.B));
        }

        if (trained.CreateHead(classifier.Head.Dropout, classifier.Model.Device) is not { } head)
            return;
        using (head)
        {
            int width = trained.HeadInput;
            float[] weight = ParameterValues.Read(classifier.Head.Weight), bias = ParameterValues.Read(classifier.Head.Bias);
            float[] trainedWeight = ParameterValues.Read(head.Weight), trainedBias = ParameterValues.Read(head.Bias);
            for (int c = 0; c < classes.Count; c++)
            {
                if (classes[c] < 0)
                    continue;
                trainedWeight.AsSpan(classes[c] * width, width).CopyTo(weight.AsSpan(c * width));
                bias[c] = trainedBias[classes[c]];
            }

            ParameterValues.Write(classifier.Head.Weight, weight);
            ParameterValues.Write(classifier.Head.Bias, bias);
        }
    }

    private static void CheckSame(AdaptedModule[] wanted, AdaptedModule[] trained)
    {
        const int Shown = 4;
        var problems = new List<string>();
        Dictionary<string, AdaptedModule> byName = trained.ToDictionary(m => m.Module, StringComparer.Ordinal);
        AddNames([.. wanted.Where(m => !byName.ContainsKey(m.Module))], "the options ask for adapters that the trained model does not have");
        AddNames([.. trained.ExceptBy(wanted.Select(m => m.Module), m => m.Module)], "the trained model has adapters that the options do not ask for");
        foreach (AdaptedModule module in wanted)
        {
            if (!byName.TryGetValue(module.Module, out AdaptedModule? other))
                continue;
            if (module.Rank != other.Rank)
                problems.Add($"'{module.Module}' has rank {module.Rank} in the options and rank {other.Rank} in the trained model");
            else if (module.Scaling != other.Scaling)
                problems.Add(string.Create(CultureInfo.InvariantCulture, $"'{module.Module}' is scaled by {module.Scaling} in the options and by {other.Scaling} in the trained model"));
        }

        if (problems.Count == 0)
            return;
        string more = problems.Count > Shown ? $"; and {problems.Count - Shown} more" : "";
        throw new ArgumentException(
            $"A warm start needs LoraOptions with the rank, alpha and targets that the trained model has: {string.Join("; ", problems.Take(Shown))}{more}.");

        void AddNames(AdaptedModule[] modules, string what)
        {
            if (modules.Length > 0)
                problems.Add($"{what}: {string.Join(", ", modules.Take(Shown).Select(m => $"'{m.Module}'"))}{(modules.Length > Shown ? $" and {modules.Length - Shown} more" : "")}");
        }
    }
}
