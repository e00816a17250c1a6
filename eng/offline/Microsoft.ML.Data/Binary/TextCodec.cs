using System.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>
/// Text. Block: int count; int[count] ends in characters of the texts in one string (the high bit set for a text that old
/// versions called missing); that string, UTF-8 after its length.
/// </summary>
internal sealed class TextCodec() : BinaryCodec<ReadOnlyMemory<char>>("TextSpan", TextDataViewType.Instance)
{
    private const int LengthMask = int.MaxValue;

    public override void Write(BinaryWriter writer, ReadOnlySpan<ReadOnlyMemory<char>> values)
    {
        var all = new StringBuilder();
        writer.Write(values.Length);
        foreach (var value in values)
        {
            all.Append(value);
            writer.Write(all.Length);
        }
        writer.Write(all.ToString());
    }

    public override ReadOnlyMemory<char>[] Read(BinaryReader reader, int count)
    {
        Contracts.CheckDecode(reader.ReadInt32() == count);
        var ends = new List<int>();
        for (int i = 0; i < count; i++)
        {
            ends.Add(reader.ReadInt32());
            Contracts.CheckDecode(i == 0 || (ends[i] & LengthMask) >= (ends[i - 1] & LengthMask));
        }
        string all = reader.ReadString();
        Contracts.CheckDecode(all.Length == (count == 0 ? 0 : ends[^1] & LengthMask));
        var values = new ReadOnlyMemory<char>[count];
        int start = 0;
        for (int i = 0; i < count; i++)
        {
            int end = ends[i] & LengthMask;
            values[i] = ends[i] < 0 ? default : all.AsMemory(start, end - start);
            start = end;
        }
        return values;
    }
}
