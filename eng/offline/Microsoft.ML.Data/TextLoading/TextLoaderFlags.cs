namespace Microsoft.ML.Data;

/// <summary>The numbers stand in saved loaders.</summary>
[Flags]
internal enum TextLoaderFlags : uint
{
    TrimWhitespace = 0x01,
    HasHeader = 0x02,
    AllowQuoting = 0x04,
    AllowSparse = 0x08,
    ReadMultilines = 0x10,
    MissingRealsAsNaNs = 0x20,
    All = TrimWhitespace | HasHeader | AllowQuoting | AllowSparse | ReadMultilines | MissingRealsAsNaNs,
}
