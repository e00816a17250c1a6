namespace Microsoft.ML.Data.Conversion;

/// <summary>How the text of real numbers is read.</summary>
[Flags]
internal enum NumberTextOptions
{
    None = 0,

    /// <summary>The decimal marker is a comma, and a point is an error.</summary>
    CommaIsDecimalMarker = 1,

    /// <summary>Blank text is NaN instead of zero.</summary>
    BlankIsNaN = 2,
}
