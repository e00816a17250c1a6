namespace Microsoft.ML.Data.Conversion;

/// <summary>Reads a value from text; on failure <paramref name="value"/> is what stands for the bad value.</summary>
internal delegate bool TryParseMapper<T>(in ReadOnlyMemory<char> text, out T value);
