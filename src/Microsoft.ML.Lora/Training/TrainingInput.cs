using Microsoft.ML.Lora.Adapters;
using Microsoft.ML.Lora.Configuration;

namespace Microsoft.ML.Lora.Training;

/// <summary>What a training is given: whether classifier, rows and options fit together, and what they mean for the loss.</summary>
internal static class TrainingInput
{
    /// <summary>Checks everything before anything is changed.</summary>
    /// <exception cref="ArgumentException">The options are not valid, or do not fit the rows.</exception>
    public static void Validate(SequenceClassifier classifier, TrainingSet train, TrainingSet? validation, TrainingOptions options)
    {
        var problems = new OptionProblems();
        options.Validate(problems);
        if (options.ClassWeights is { } weights && weights.Count != classifier.Classes)
            problems.Add("TrainingOptions.ClassWeights", $"has {weights.Count} weights; there are {classifier.Classes} classes, and each needs one.");
        options.ValidateValidation(problems, validation is not null);
        if (validation is { Count: 0 })
            problems.Add("validationSet", "has no rows.");
        if (options.StartFrom is { } start && !File.Exists(start))
            problems.Add("TrainingOptions.StartFrom", $"is '{start}', which does not exist; name the file of a checkpoint.");
        problems.ThrowIfAny(nameof(options));
        if (train.Count == 0)
            throw new ArgumentException("The training set has no rows.", nameof(train));
        if (train.Classes != classifier.Classes || (validation is not null && validation.Classes != classifier.Classes))
            throw new ArgumentException($"The classifier has {classifier.Classes} classes, the training set {train.Classes}, the validation set {validation?.Classes}.", nameof(train));
        long[] counts = train.CountByClass();
        if (counts.Count(n => n > 0) == 1)
        {
            throw new ArgumentException(
                $"All {train.Count} training rows have the same class (index {Array.FindIndex(counts, n => n > 0)}); at least two are needed to tell apart.", nameof(train));
        }

        bool any = false;
        for (int i = 0; i < train.Count && !any; i++)
            any = train.Weight(i) > 0 && (options.ClassWeights is null || options.ClassWeights[train.Label(i)] > 0);
        if (!any)
            throw new ArgumentException("All training rows have weight 0 (their own, or their class's), so there is nothing to learn; give at least one a greater one.", nameof(train));
    }

    /// <summary>Checks that the validation rows can be measured by.</summary>
    /// <exception cref="ArgumentException">None of them counts.</exception>
    public static void ValidateWeights(TrainingSet? validation)
    {
        if (validation is not null && Enumerable.Range(0, validation.Count).All(i => validation.Weight(i) == 0))
            throw new ArgumentException($"All {validation.Count} validation rows have weight 0, so no loss can be computed; give at least one a greater weight.", nameof(validation));
    }

    /// <summary>Gives the classifier the parameters of a checkpoint where the options name one.</summary>
    /// <exception cref="ArgumentException">The checkpoint is of another base model, or other layers, ranks or classes.</exception>
    /// <exception cref="LoraFormatException">The file is damaged or not a checkpoint.</exception>
    public static void StartFrom(SequenceClassifier classifier, TrainingOptions options, Action<string> info)
    {
        if (options.StartFrom is not { } path)
            return;
        classifier.LoadParameters(TrainingState.ReadParameters(path, [.. classifier.Parameters.Select(p => (int)p.Value.numel())], identity =>
        {
            string parameters = TrainingIdentity.ParametersOf(classifier);
            if (identity.Parameters != parameters)
            {
                string[] wanted = parameters.Split('\n'), found = identity.Parameters.Split('\n');
                throw new ArgumentException(
                    $"TrainingOptions.StartFrom: the checkpoint '{path}' has other parameters than this training: it has {Difference(found, wanted)}, this training {Difference(wanted, found)}. "
                    + "Base model, LoraOptions and labels must be those of the training that wrote it.");
            }

            if (identity.Base != TrainingIdentity.BaseOf(classifier))
            {
                throw new ArgumentException(
                    $"TrainingOptions.StartFrom: the checkpoint '{path}' was written with other weights of the base model, or in another ComputeType; use those of the training that wrote it.");
            }
        }));
        info($"Beginning with the parameters of the checkpoint '{path}'.");

        static string Difference(string[] a, string[] b) => a.Except(b).FirstOrDefault() is { } first ? $"'{first}'" : "nothing else";
    }

    /// <summary>The loss that the options ask for.</summary>
    public static ClassificationLoss CreateLoss(TrainingOptions options, TrainingSet train, Action<string> warn)
    {
        long[] counts = train.CountByClass();
        int absent = counts.Count(n => n == 0);
        if (absent > 0)
            warn($"{absent} of {counts.Length} classes have no training row; they will hardly be predicted.");
        // An absent class has no rows to weigh; 1 keeps label smoothing finite.
        IReadOnlyList<double>? weights = options.BalanceClasses
            ? counts.Select(n => n == 0 ? 1 : train.Count / ((double)counts.Length * n)).ToArray()
            : options.ClassWeights;
        return new ClassificationLoss(train.Classes, weights, options.LabelSmoothing, options.FocalGamma > 0 ? options.FocalGamma : null);
    }
}
