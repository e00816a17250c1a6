using System.Text;
using Microsoft.ML.Data.Conversion;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>
/// Codecs by type and by their description in a stream: string name; LEB128 int number of bytes of the parameters; those.
/// </summary>
internal sealed class CodecFactory(IHostEnvironment env)
{
    public const string KeyName = "Key2";
    public const string VectorName = "VBuffer";

    private static readonly BinaryCodec[] _simple =
    [
        new FixedSizeCodec<sbyte>(NumberDataViewType.SByte), new FixedSizeCodec<byte>(NumberDataViewType.Byte),
        new FixedSizeCodec<short>(NumberDataViewType.Int16), new FixedSizeCodec<ushort>(NumberDataViewType.UInt16),
        new FixedSizeCodec<int>(NumberDataViewType.Int32), new FixedSizeCodec<uint>(NumberDataViewType.UInt32),
        new FixedSizeCodec<long>(NumberDataViewType.Int64), new FixedSizeCodec<ulong>(NumberDataViewType.UInt64),
        new FixedSizeCodec<float>(NumberDataViewType.Single), new FixedSizeCodec<double>(NumberDataViewType.Double),
        new FixedSizeCodec<TimeSpan>(TimeSpanDataViewType.Instance), new FixedSizeCodec<DataViewRowId>(RowIdDataViewType.Instance),
        new TextCodec(), new BooleanCodec(), new DateTimeCodec(), new DateTimeOffsetCodec(),
    ];

    private readonly IHost _host = env.Register(nameof(CodecFactory));

    public static bool TryGetCodec(DataViewType type, out BinaryCodec codec)
    {
        if (type is KeyDataViewType key)
            codec = Make(nameof(MakeKey), key, SimpleFor(ColumnTypeExtensions.NumberTypeFromType(key.RawType)));
        else if (type is VectorDataViewType vector)
            codec = TryGetCodec(vector.ItemType, out var items) ? Make(nameof(MakeVector), vector, items) : null;
        else
            codec = SimpleFor(type);
        return codec != null;
    }

    public static void WriteCodec(BinaryWriter writer, BinaryCodec codec)
    {
        writer.Write(codec.Name);
        using var parameters = new MemoryStream();
        using (var inner = new BinaryWriter(parameters, Encoding.UTF8, leaveOpen: true))
            codec.WriteParameters(inner);
        writer.Write7BitEncodedInt64(parameters.Length);
        writer.Write(parameters.ToArray());
    }

    /// <summary>False for a codec that is not known here; the reader then stands behind its description.</summary>
    public bool TryReadCodec(BinaryReader reader, out BinaryCodec codec)
    {
        using var channel = _host.Start("TryGetCodec");
        string name = reader.ReadString();
        Contracts.CheckDecode(!string.IsNullOrEmpty(name), "Non-empty signature string expected");
        long length = reader.Read7BitEncodedInt64();
        Contracts.CheckDecode(length >= 0, "Codec type definition read from stream too large");
        var stream = reader.BaseStream;
        long start = stream.Position;
        codec = name is VectorName or KeyName ? null : Array.Find(_simple, candidate => candidate.Name == name);
        if (codec == null && name is not (VectorName or KeyName))
        {
            if (length > 0)
                SkipUnknown(channel, stream, name, length);
            return false;
        }
        bool known = name switch
        {
            VectorName => TryReadVector(reader, out codec),
            KeyName => TryReadKey(reader, out codec),
            _ => true,
        };
        if (stream.Position - start != length)
        {
            throw channel.ExceptDecode("Codec type definition supposedly has {0} bytes, but the handler consumed {1}",
                length, stream.Position - start);
        }
        return known;
    }

    private static void SkipUnknown(IChannel channel, Stream stream, string name, long length)
    {
        long remaining = stream.Length - stream.Position;
        if (remaining < length)
        {
            throw channel.ExceptDecode(
                "Codec type definition supposedly has {0} bytes, but end-of-stream reached after {1} bytes", length, remaining);
        }
        stream.Position += length;
        channel.Warning("Did not recognize value codec signature '{0}'", name);
    }

    private static BinaryCodec SimpleFor(DataViewType type) => Array.Find(_simple, codec => codec.Type.Equals(type));

    private static BinaryCodec Make(string maker, DataViewType type, BinaryCodec inner)
        => GenericCall.InvokeStatic<BinaryCodec>(typeof(CodecFactory), maker, [inner.Type.RawType], type, inner);

    private static BinaryCodec MakeKey<T>(KeyDataViewType type, BinaryCodec<T> numbers) => new KeyCodec<T>(type, numbers);

    private static BinaryCodec MakeVector<T>(VectorDataViewType type, BinaryCodec<T> items) => new VectorCodec<T>(type, items);

    private bool TryReadVector(BinaryReader reader, out BinaryCodec codec)
    {
        codec = null;
        if (!TryReadCodec(reader, out var items))
            return false;
        var itemType = items.Type as PrimitiveDataViewType;
        Contracts.CheckDecode(itemType != null);
        int rank = reader.ReadInt32();
        Contracts.CheckDecode(rank >= 0);
        var dimensions = new FixedSizeCodec<int>(NumberDataViewType.Int32).Read(reader, rank);
        Contracts.CheckDecode(dimensions.All(dimension => dimension >= 0));
        codec = Make(nameof(MakeVector), rank == 0 ? new VectorDataViewType(itemType) : new VectorDataViewType(itemType, dimensions), items);
        return true;
    }

    private bool TryReadKey(BinaryReader reader, out BinaryCodec codec)
    {
        codec = null;
        if (!TryReadCodec(reader, out var numbers))
            return false;
        var rawType = numbers.Type.RawType;
        Contracts.CheckDecode(numbers.Type is PrimitiveDataViewType && KeyDataViewType.IsValidDataType(rawType));
        ulong count = reader.ReadUInt64();
        Contracts.CheckDecode(count > 0 && count <= rawType.ToMaxInt());
        codec = Make(nameof(MakeKey), new KeyDataViewType(rawType, count), numbers);
        return true;
    }
}
