using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

public sealed partial class TextLoader
{
    /// <summary>A column and the fields it is read from.</summary>
    public sealed class Column
    {
        public string Name;

        internal InternalDataKind Type = InternalDataKind.R4;

        public Range[] Source;

        /// <summary>Set for a key column.</summary>
        public KeyCount KeyCount;

        public Column()
        {
        }

        public Column(string name, DataKind dataKind, int index)
            : this(name, dataKind, [new Range(index)])
        {
        }

        public Column(string name, DataKind dataKind, int minIndex, int maxIndex)
            : this(name, dataKind, [new Range(minIndex, maxIndex)])
        {
        }

        public Column(string name, DataKind dataKind, Range[] source, KeyCount keyCount = null)
        {
            Contracts.CheckValue(name, nameof(name));
            Contracts.CheckValue(source, nameof(source));
            Name = name;
            Type = dataKind.ToInternalDataKind();
            Source = source;
            KeyCount = keyCount;
        }

        public DataKind DataKind
        {
            get => Type.ToDataKind();
            set => Type = value.ToInternalDataKind();
        }

        // "name:fields" or "name:type:fields", with the type like R4 or U4[10] and the fields like 1,3-5.
        internal static Column Parse(string text)
        {
            string[] parts = text.Split(':');
            if (parts.Length is < 2 or > 3 || string.IsNullOrWhiteSpace(parts[0]))
                return null;
            var column = new Column { Name = parts[0] };
            if (parts.Length == 3 && !column.TryParseType(parts[1]))
                return null;
            column.Source = ParseRanges(parts[^1]);
            return column.Source == null ? null : column;
        }

        private static Range[] ParseRanges(string text)
        {
            var ranges = text.Length == 0 ? null : Array.ConvertAll(text.Split(','), Range.Parse);
            return ranges == null || ranges.Contains(null) ? null : ranges;
        }

        private bool TryParseType(string text)
        {
            int bracket = text.IndexOf('[');
            if (bracket >= 0)
            {
                if (text[^1] != ']')
                    return false;
                KeyCount = KeyCount.Parse(text[(bracket + 1)..^1]);
                if (KeyCount == null)
                    return false;
                text = text[..bracket];
                if (text.Length == 0)
                    return true;
            }
            return Enum.TryParse(GetKindName(text), ignoreCase: true, out Type);
        }

        internal static InternalDataKind ParseKind(string text) => Enum.Parse<InternalDataKind>(GetKindName(text), ignoreCase: true);

        // The longer names that some kinds have besides the short ones.
        private static string GetKindName(string text) => text.ToUpperInvariant() switch
        {
            "NUM" => nameof(InternalDataKind.R4),
            "TXT" or "TEXT" => nameof(InternalDataKind.TX),
            "BOOL" => nameof(InternalDataKind.BL),
            "TIMESPAN" => nameof(InternalDataKind.TS),
            "DATETIME" => nameof(InternalDataKind.DT),
            "DATETIMEZONE" => nameof(InternalDataKind.DZ),
            "U16" => nameof(InternalDataKind.UG),
            _ => text,
        };

        internal string Unparse()
        {
            string key = KeyCount == null ? "" : $"[{KeyCount.Unparse()}]";
            return $"{Name}:{Type.GetString()}{key}:{UnparseRanges()}";
        }

        internal string UnparseRanges() => string.Join(',', Source.Select(range => range.Unparse()));
    }
}
