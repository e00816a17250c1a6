namespace Microsoft.ML.Lora.Estimators;

/// <summary>Finds the text classifier in a fitted pipeline.</summary>
internal static class ClassifierFinder
{
    /// <summary>All that a model holds, in order.</summary>
    /// <param name="model">A classifier, or a chain that holds some.</param>
    public static IEnumerable<LoraTextClassificationTransformer> In(ITransformer model) => model switch
    {
        LoraTextClassificationTransformer classifier => [classifier],
        IEnumerable<ITransformer> chain => chain.SelectMany(In),
        _ => [],
    };

    /// <summary>The only one.</summary>
    /// <param name="model">A classifier, or a chain that holds one.</param>
    /// <param name="parameter">What an error calls it.</param>
    /// <exception cref="ArgumentException">There is none, or more than one.</exception>
    public static LoraTextClassificationTransformer Single(ITransformer model, string parameter)
    {
        LoraTextClassificationTransformer[] found = [.. In(model)];
        return found.Length == 1
            ? found[0]
            : throw new ArgumentException($"The model has {found.Length} LoRA text classifiers; exactly one is needed.", parameter);
    }
}
