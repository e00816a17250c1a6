namespace Microsoft.ML.Data.Conversion;

/// <summary>A question about a value that is passed by reference.</summary>
internal delegate bool InPredicate<T>(in T value);
