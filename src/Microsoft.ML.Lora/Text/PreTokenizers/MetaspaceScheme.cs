namespace Microsoft.ML.Lora.Text.PreTokenizers;

/// <summary>Where a Metaspace puts its character in front.</summary>
internal enum MetaspaceScheme
{
    /// <summary>Before the piece at the very beginning of the text.</summary>
    First,

    /// <summary>Nowhere.</summary>
    Never,

    /// <summary>Before every piece, also after each added token.</summary>
    Always,
}
