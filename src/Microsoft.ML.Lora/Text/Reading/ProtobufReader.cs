using System.Buffers.Binary;

namespace Microsoft.ML.Lora.Text.Reading;

/// <summary>Reads the fields of a protocol-buffer message that others wrote; every length is checked.</summary>
internal ref struct ProtobufReader(string file, ReadOnlySpan<byte> content, int origin = 0)
{
    private readonly ReadOnlySpan<byte> _content = content;
    private int _at;

    /// <summary>Number of the field that was read.</summary>
    public int Field { get; private set; }

    /// <summary>A number field's value; of a fixed 32-bit field the bits.</summary>
    public ulong Number { get; private set; }

    /// <summary>A field's bytes: a text, a message, or raw.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>Where in the file the bytes begin.</summary>
    public int BytesOrigin { get; private set; }

    /// <summary>Reads the next field; false at the end.</summary>
    /// <exception cref="LoraFormatException">The message is damaged.</exception>
    public bool Read()
    {
        if (_at == _content.Length)
            return false;
        ulong tag = Varint();
        Field = tag >> 3 <= int.MaxValue ? (int)(tag >> 3) : throw Error("has a field number that is too large");
        Bytes = default;
        switch (tag & 7)
        {
            case 0:
                Number = Varint();
                return true;
            case 1:
                Number = BinaryPrimitives.ReadUInt64LittleEndian(Take(8));
                return true;
            case 2:
                ulong length = Varint();
                BytesOrigin = origin + _at;
                Bytes = Take(length);
                return true;
            case 5:
                Number = BinaryPrimitives.ReadUInt32LittleEndian(Take(4));
                return true;
            default:
                throw Error($"has a field of the wire type {tag & 7}");
        }
    }

    public readonly LoraFormatException Error(string problem) =>
        new(file, $"is not a sentencepiece model: it {problem}", offset: origin + _at);

    private ulong Varint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte b = Take(1)[0];
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
                return value;
        }

        throw Error("has a number of more than 64 bits");
    }

    private ReadOnlySpan<byte> Take(ulong length)
    {
        if (length > (ulong)(_content.Length - _at))
            throw Error($"ends within a field ({length} bytes are wanted, {_content.Length - _at} are left)");
        ReadOnlySpan<byte> taken = _content.Slice(_at, (int)length);
        _at += (int)length;
        return taken;
    }
}
