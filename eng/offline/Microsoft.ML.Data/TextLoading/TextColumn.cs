using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A column with its type and the fields it is made of, all resolved.</summary>
internal sealed class TextColumn
{
    private TextColumn(string name, DataViewType type, TextSegment[] segments, int fixedSize)
    {
        Name = name;
        Type = type;
        Segments = segments;
        FixedSize = fixedSize;
    }

    public string Name { get; }

    public DataViewType Type { get; }

    public TextSegment[] Segments { get; }

    /// <summary>Number of fields without those of a variable segment.</summary>
    public int FixedSize { get; }

    public static TextColumn Create(string name, PrimitiveDataViewType itemType, TextSegment[] segments, bool byUser)
    {
        var sorted = segments.OrderBy(segment => segment.Min).ToArray();
        for (int i = 1; i < sorted.Length; i++)
        {
            if (sorted[i - 1].Lim > sorted[i].Min)
            {
                throw byUser
                    ? Contracts.ExceptUserArg("Source", "Intervals specified for column '{0}' overlap", name)
                    : Contracts.ExceptDecode("Intervals specified for column '{0}' overlap", name);
            }
        }
        int size = segments.Where(segment => !segment.IsVariable).Sum(segment => segment.Lim - segment.Min);
        DataViewType type = itemType;
        if (segments.Any(segment => segment.IsVariable))
            type = new VectorDataViewType(itemType);
        else if (size > 1 || segments[0].ForceVector)
            type = new VectorDataViewType(itemType, size);
        return new TextColumn(name, type, segments, size);
    }
}
