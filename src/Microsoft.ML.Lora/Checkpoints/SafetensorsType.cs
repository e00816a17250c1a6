namespace Microsoft.ML.Lora.Checkpoints;

/// <summary>The element types of the safetensors format, in the order in which writers sort tensors (widest last).</summary>
internal enum SafetensorsType
{
    Bool,
    U8,
    I8,
    F8E5M2,
    F8E4M3,
    I16,
    U16,
    F16,
    BF16,
    I32,
    U32,
    F32,
    C64,
    F64,
    I64,
    U64,
}

/// <summary>Names and sizes of <see cref="SafetensorsType"/>.</summary>
internal static class SafetensorsTypes
{
    private static readonly (string Name, int Size)[] Table =
    [
        ("BOOL", 1), ("U8", 1), ("I8", 1), ("F8_E5M2", 1), ("F8_E4M3", 1), ("I16", 2), ("U16", 2), ("F16", 2), ("BF16", 2),
        ("I32", 4), ("U32", 4), ("F32", 4), ("C64", 8), ("F64", 8), ("I64", 8), ("U64", 8),
    ];

    /// <summary>Types that newer writers know and this reader does not support.</summary>
    private static readonly string[] KnownUnsupported = ["F4", "F6_E2M3", "F6_E3M2", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ", "C128"];

    /// <summary>The name in a file's header.</summary>
    public static string Name(this SafetensorsType type) => Table[(int)type].Name;

    /// <summary>Bytes an element.</summary>
    public static int Size(this SafetensorsType type) => Table[(int)type].Size;

    /// <summary>All names, for messages.</summary>
    public static string AllNames => string.Join(", ", Table.Select(t => t.Name));

    /// <summary>Finds the type by its exact name.</summary>
    public static bool TryParse(string name, out SafetensorsType type)
    {
        int index = Array.FindIndex(Table, t => t.Name == name);
        type = (SafetensorsType)Math.Max(index, 0);
        return index >= 0;
    }

    /// <summary>True for a type that exists in the format but is not supported here.</summary>
    public static bool IsKnownUnsupported(string name) => Array.IndexOf(KnownUnsupported, name) >= 0;
}
