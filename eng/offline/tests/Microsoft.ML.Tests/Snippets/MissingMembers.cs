namespace Microsoft.ML.Tests;

/// <summary>Members of the real ML.NET that recorded snippets use and the subset leaves out, each with the reason. A name may end in *.</summary>
internal static class MissingMembers
{
    private static readonly (string Name, string Reason)[] LeftOut =
    [
        ("TextTransforms.*", "the product brings its own text handling"),
        ("Text", "a namespace of text transforms; the product brings its own text handling"),
        ("MulticlassClassificationTrainers.*", "the product is the trainer"),
        ("BinaryClassificationTrainers.*", "the product is the trainer"),
        ("RegressionTrainers.*", "the product is the trainer"),
        ("CategoricalTransforms.*", "one-hot vectors are for other trainers"),
        ("FeatureSelectionTransforms.*", "the product selects no features"),
        ("TransformsCatalog.Normalize*", "scaling is for other trainers"),
        ("TransformsCatalog.ReplaceMissingValues", "scaling is for other trainers"),
        ("TransformsCatalog.IndicateMissingValues", "scaling is for other trainers"),
        ("ConversionTransforms.Hash", "hashing is for other trainers"),
        ("ConversionTransforms.MapKeyToVector", "one-hot vectors are for other trainers"),
        ("ConversionTransforms.MapKeyToBinaryVector", "one-hot vectors are for other trainers"),
        ("TransformsCatalog.ApproximatedKernelMap", "kernels are for other trainers"),
        ("TransformsCatalog.Expression", "the product has no expression language"),
        ("TransformsCatalog.StatefulCustomMapping", "the product's pipelines keep no state between rows"),
        ("TransformsCatalog.CalculateFeatureContribution", "explanations of linear models"),
        ("BinaryClassificationCatalog.Calibrators", "calibrators are for other trainers"),
        ("BinaryClassificationCatalog.ChangeModelThreshold", "thresholds are for other trainers"),
        ("ClusteringCatalog.*", "the product does not cluster"),
        ("RankingCatalog.*", "the product does not rank"),
        ("AnomalyDetectionCatalog.*", "the product detects no anomalies"),
        ("DataOperationsCatalog.LoadFromBinary", "the product reads and writes text files"),
        ("DataOperationsCatalog.SaveAsBinary", "the product reads and writes text files"),
        ("DataOperationsCatalog.LoadFromSvmLightFile", "the product reads and writes text files"),
        ("DataOperationsCatalog.SaveInSvmLightFormat", "the product reads and writes text files"),
        ("DataOperationsCatalog.CreateSvmLightLoader", "the product reads and writes text files"),
        ("DataOperationsCatalog.CreateDatabaseLoader", "the product reads and writes text files"),
    ];

    /// <summary>Why the member is left out; null where it should be there.</summary>
    public static string? ReasonFor(string member)
        => LeftOut.FirstOrDefault(entry => entry.Name.EndsWith('*')
            ? member.StartsWith(entry.Name[..^1], StringComparison.Ordinal)
            : member == entry.Name).Reason;
}
