using System.Globalization;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

public sealed partial class TextLoader
{
    /// <summary>A range of field indices.</summary>
    public sealed class Range
    {
        public int Min;

        public int? Max;

        /// <summary>Up to the end of the line; all lines must have the same number of fields.</summary>
        public bool AutoEnd;

        /// <summary>Up to the end of the line, wherever that is.</summary>
        public bool VariableEnd;

        /// <summary>Only the fields that no other column takes.</summary>
        public bool AllOther;

        /// <summary>Makes a vector of a single field too.</summary>
        public bool ForceVector;

        public Range()
        {
        }

        public Range(int index)
        {
            Contracts.CheckParam(index >= 0, nameof(index), "Must be non-negative");
            Min = index;
            Max = index;
        }

        public Range(int min, int? max)
        {
            Contracts.CheckParam(min >= 0, nameof(min), "Must be non-negative");
            Contracts.CheckParam(!(max < min), nameof(max), "If specified, must be greater than or equal to " + nameof(min));
            Min = min;
            Max = max;
            ForceVector = true;
            AutoEnd = max == null;
        }

        // "3", "1-4", "1-*" (to the end), "1-**" (to the end of each line), "~" instead of "-" for all other fields.
        internal static Range Parse(string text)
        {
            int dash = text.IndexOfAny(['-', '~']);
            if (dash < 0)
                return int.TryParse(text, out int single) ? new Range { Min = single, Max = single } : null;
            var range = new Range { AllOther = text[dash] == '~', ForceVector = true };
            if (dash == 0 ? !range.AllOther : !int.TryParse(text.AsSpan(0, dash), out range.Min))
                return null;
            string end = text[(dash + 1)..];
            if (end is "" or "*")
                range.AutoEnd = true;
            else if (end == "**")
                range.VariableEnd = true;
            else if (int.TryParse(end, out int max))
                range.Max = max;
            else
                return null;
            return range;
        }

        internal string Unparse()
        {
            string text = Min.ToString(CultureInfo.InvariantCulture);
            char dash = AllOther ? '~' : '-';
            if (Max != null)
                return Max != Min || ForceVector || AllOther ? $"{text}{dash}{Max}" : text;
            if (AutoEnd)
                return $"{text}{dash}*";
            return VariableEnd ? $"{text}{dash}**" : text;
        }
    }
}
