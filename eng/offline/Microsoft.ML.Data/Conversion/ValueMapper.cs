namespace Microsoft.ML.Data.Conversion;

/// <summary>Maps a value to another one; the destination may be reused.</summary>
internal delegate void ValueMapper<TSource, TDestination>(in TSource source, ref TDestination destination);
