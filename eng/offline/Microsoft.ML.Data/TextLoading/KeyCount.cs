using System.Globalization;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>How many values a key column can have; without a count as many as its type can hold.</summary>
public sealed class KeyCount
{
    public ulong? Count;

    public KeyCount()
    {
    }

    public KeyCount(ulong count)
    {
        if (count == 0)
            throw Contracts.ExceptParam(nameof(count), "The cardinality of valid values of a KeyDataViewType column has to be strictly positive.");
        Count = count;
    }

    // "", "10", and the older "0-9", "0-", "0-*".
    internal static KeyCount Parse(string text)
    {
        int dash = text.IndexOf('-');
        if (dash >= 0)
        {
            if (!ulong.TryParse(text.AsSpan(0, dash), out ulong min))
                return null;
            if (min != 0)
                throw Contracts.ExceptDecode("The minimum logical value of a KeyDataViewType is required to be zero.");
            text = text[(dash + 1)..];
            if (text is "" or "*")
                return new KeyCount();
        }
        if (text.Length == 0)
            return new KeyCount();
        if (!ulong.TryParse(text, out ulong number))
            return null;
        var result = new KeyCount { Count = dash < 0 ? number : number + 1 };
        Contracts.CheckDecode(result.Count > 0);
        return result;
    }

    internal string Unparse() => Count?.ToString(CultureInfo.InvariantCulture) ?? "";
}
