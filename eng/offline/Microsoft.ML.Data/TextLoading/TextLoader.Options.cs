namespace Microsoft.ML.Data;

public sealed partial class TextLoader
{
    /// <summary>How text lines are split into fields, and fields read into columns.</summary>
    public class Options
    {
        /// <summary>Fields may stand in double quotes.</summary>
        public bool AllowQuoting = Defaults.AllowQuoting;

        /// <summary>Lines may end in index:value pairs.</summary>
        public bool AllowSparse = Defaults.AllowSparse;

        /// <summary>Number of fields of a line; by default lines say it themselves.</summary>
        public int? InputSize;

        /// <summary>The separator by name or as character; only options inside a file set it.</summary>
        internal string Separator = Defaults.Separator.ToString();

        public char[] Separators = [Defaults.Separator];

        public char DecimalMarker = Defaults.DecimalMarker;

        public Column[] Columns;

        /// <summary>Removes white space at the end of lines.</summary>
        public bool TrimWhitespace = Defaults.TrimWhitespace;

        public bool HasHeader = Defaults.HasHeader;

        public bool UseThreads = true;

        /// <summary>Quoted fields may contain line breaks.</summary>
        public bool ReadMultilines = Defaults.ReadMultilines;

        /// <summary>A file whose first line is the header; the data has none then.</summary>
        public string HeaderFile;

        public long? MaxRows;

        /// <summary>Escapes a quote inside a quoted field.</summary>
        public char EscapeChar = Defaults.EscapeChar;

        public bool MissingRealsAsNaNs = Defaults.MissingRealsAsNaNs;

        /// <summary>True when nothing is set that options inside the file could contradict.</summary>
        internal bool LeaveRoomForEmbedded()
            => AllowQuoting == Defaults.AllowQuoting && AllowSparse == Defaults.AllowSparse && InputSize == null
                && Separator == Defaults.Separator.ToString() && DecimalMarker == Defaults.DecimalMarker
                && TrimWhitespace == Defaults.TrimWhitespace && HasHeader == Defaults.HasHeader
                && ReadMultilines == Defaults.ReadMultilines && EscapeChar == Defaults.EscapeChar
                && MissingRealsAsNaNs == Defaults.MissingRealsAsNaNs;
    }

    internal static class Defaults
    {
        public const bool AllowQuoting = false;
        public const bool AllowSparse = false;
        public const char Separator = '\t';
        public const char DecimalMarker = '.';
        public const bool HasHeader = false;
        public const bool TrimWhitespace = false;
        public const bool ReadMultilines = false;
        public const char EscapeChar = '"';
        public const bool MissingRealsAsNaNs = false;
    }
}
