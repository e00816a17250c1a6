using Microsoft.ML.Data.Conversion;

namespace Microsoft.ML.Data;

/// <summary>The part of the options that says how lines are split and numbers are read.</summary>
internal sealed record TextLineFormat(TextLoaderFlags Flags, char[] Separators, char EscapeChar, char DecimalMarker, int InputSize, long MaxRows, bool UseThreads)
{
    public bool HasHeader => Has(TextLoaderFlags.HasHeader);

    public bool ReadMultilines => Has(TextLoaderFlags.ReadMultilines);

    public bool TrimWhitespace => Has(TextLoaderFlags.TrimWhitespace);

    public bool AllowQuoting => Has(TextLoaderFlags.AllowQuoting);

    public bool AllowSparse => Has(TextLoaderFlags.AllowSparse);

    public bool MissingRealsAsNaNs => Has(TextLoaderFlags.MissingRealsAsNaNs);

    public NumberTextOptions NumberOptions
        => (DecimalMarker == ',' ? NumberTextOptions.CommaIsDecimalMarker : 0)
            | (MissingRealsAsNaNs ? NumberTextOptions.BlankIsNaN : 0);

    private bool Has(TextLoaderFlags flag) => (Flags & flag) != 0;
}
