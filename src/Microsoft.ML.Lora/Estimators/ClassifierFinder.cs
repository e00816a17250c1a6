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
}
