using System.IO.Compression;
using System.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Reads a view in the binary format: the schema at once, values when a cursor asks for them.</summary>
internal sealed class BinaryLoader : IDataView
{
    private const double ShuffleBlocks = 4;
    private readonly IHost _host;
    private readonly byte[] _bytes;
    private readonly BinaryHeader _header;
    private readonly CodecFactory _factory;
    private readonly List<ColumnEntry> _columns = new();

    public BinaryLoader(IHostEnvironment env, Stream stream)
    {
        _host = env.Register(nameof(BinaryLoader));
        using var channel = _host.Start("Initializing");
        using (var copy = new MemoryStream())
        {
            stream.CopyTo(copy);
            _bytes = copy.ToArray();
        }
        using var reader = Open(0);
        _factory = new CodecFactory(_host);
        _header = BinaryHeader.Read(_host, reader);
        int rowsPerBlock = ReadContents(reader, channel, out int unknown);
        Schema = MakeSchema(reader);
        if (unknown > 0)
            channel.Warning("BinaryLoader does not know how to interpret {0} columns", unknown);
        double pool = Math.Ceiling(ShuffleBlocks * rowsPerBlock);
        if (pool < 2)
            channel.Trace("Not adding implicit shuffle, as it is unnecessary");
        else
            channel.Trace("Implicit shuffle will have pool size {0}", (int)Math.Min(Math.Min(pool, 1 << 28), _header.RowCount));
    }

    public bool CanShuffle => false;

    public DataViewSchema Schema { get; }

    public long? GetRowCount() => _header.RowCount;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
        => new BinaryCursor(_host, this, ColumnSelection.ToFlags(columnsNeeded, Schema));

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
        => [GetRowCursor(columnsNeeded, rand)];

    internal BinaryCodec CodecOf(int column) => _columns[column].Codec;

    internal int RowsPerBlock(int column) => _columns[column].RowsPerBlock;

    internal IBlockReader ReadBlock(int column, long block)
    {
        var entry = _columns[column];
        using var lookup = Open(entry.LookupOffset + (16 * block));
        long offset = lookup.ReadInt64();
        int length = lookup.ReadInt32();
        _ = lookup.ReadInt32();
        _host.CheckDecode(length >= 0, "negative compressed block length detected");
        _host.CheckDecode(offset >= BinaryHeader.Size && offset <= _header.Tail - length, "block offset out of range");
        int rows = (int)Math.Min(entry.RowsPerBlock, _header.RowCount - (block * entry.RowsPerBlock));
        using var reader = Open(offset, length, entry.Compression);
        return entry.Codec.ReadBlock(reader, rows);
    }

    private int ReadContents(BinaryReader reader, IChannel channel, out int unknown)
    {
        unknown = 0;
        if (_header.ColumnCount > 0)
            BinaryHeader.Seek(reader, _header.TableOfContents);
        int allRowsPerBlock = 0;
        for (int i = 0; i < _header.ColumnCount; i++)
        {
            string name = reader.ReadString();
            bool known = _factory.TryReadCodec(reader, out var codec);
            var compression = reader.ReadByte();
            int rowsPerBlock = (int)reader.Read7BitEncodedInt64();
            if (rowsPerBlock <= 0 && (rowsPerBlock < 0 || _header.RowCount > 0))
                throw channel.ExceptDecode("Bad number of rows per block {0} read", rowsPerBlock);
            if (i > 0 && rowsPerBlock != allRowsPerBlock)
            {
                throw channel.ExceptNotSupp("Different rows per block per column not supported yet, encountered "
                    + $"{allRowsPerBlock} and {rowsPerBlock}");
            }
            allRowsPerBlock = rowsPerBlock;
            long lookup = reader.ReadInt64();
            long blocks = _header.RowCount == 0 ? 0 : ((_header.RowCount - 1) / rowsPerBlock) + 1;
            channel.CheckDecode(blocks == 0 || (lookup >= BinaryHeader.Size && lookup <= _header.Tail - (16 * blocks)),
                "Lookup table offset out of range");
            long annotations = reader.ReadInt64();
            channel.CheckDecode(annotations == 0 || (annotations >= BinaryHeader.Size && annotations <= _header.Tail),
                "Metadata TOC offset out of range");
            if (known && compression <= 1)
                _columns.Add(new ColumnEntry(name, codec, compression, rowsPerBlock, lookup, annotations));
            else
            {
                unknown++;
                channel.Warning("Cannot interpret column '{0}' at index {1} because {2} unrecognized",
                    name, i, known ? "compression" : compression <= 1 ? "codec" : "codec and compression");
            }
        }
        return allRowsPerBlock;
    }

    private DataViewSchema MakeSchema(BinaryReader reader)
    {
        var builder = new DataViewSchema.Builder();
        foreach (var column in _columns)
            builder.AddColumn(column.Name, column.Codec.Type, ReadAnnotations(reader, column));
        return builder.ToSchema();
    }

    private DataViewSchema.Annotations ReadAnnotations(BinaryReader reader, ColumnEntry column)
    {
        if (column.AnnotationsOffset == 0)
            return null;
        using var channel = _host.Start("Metadata TOC Read");
        BinaryHeader.Seek(reader, column.AnnotationsOffset);
        long count = reader.Read7BitEncodedInt64();
        channel.CheckDecode(count > 0 && count < int.MaxValue, "Bad number of metadata TOC entries read");
        var builder = new DataViewSchema.Annotations.Builder();
        var kinds = new HashSet<string>();
        for (long i = 0; i < count; i++)
        {
            string kind = reader.ReadString();
            channel.CheckDecode(!string.IsNullOrEmpty(kind), "Metadata kind must be non-empty string");
            channel.CheckDecode(kinds.Add(kind), "Duplicate metadata kind read from file");
            bool known = _factory.TryReadCodec(reader, out var codec);
            byte compression = reader.ReadByte();
            long offset = reader.ReadInt64();
            channel.CheckDecode(offset >= BinaryHeader.Size && offset <= _header.Tail, "Metadata block offset out of range");
            long size = reader.Read7BitEncodedInt64();
            channel.CheckDecode(size > 0 && size <= _header.Tail - offset, "Metadata block size out of range");
            if (known && compression <= 1)
            {
                using var value = Open(offset, (int)size, compression);
                builder.Add(kind, codec.Type, codec.ReadAnnotation(value));
            }
            else
            {
                // The original has two places and one argument here, so it fails instead of warning.
                channel.Warning("Cannot interpret metadata of kind '{0}' because {1} unrecognized",
                    known ? "compression" : compression <= 1 ? "codec" : "codec and compression");
            }
        }
        return builder.ToAnnotations();
    }

    private BinaryReader Open(long offset) => new(new MemoryStream(_bytes) { Position = offset }, Encoding.UTF8);

    private BinaryReader Open(long offset, int length, byte compression)
    {
        var stream = new MemoryStream(_bytes, checked((int)offset), length);
        if (compression == 0)
            return new BinaryReader(stream, Encoding.UTF8);
        using var deflate = new DeflateStream(stream, CompressionMode.Decompress);
        var plain = new MemoryStream();
        deflate.CopyTo(plain);
        plain.Position = 0;
        return new BinaryReader(plain, Encoding.UTF8);
    }

    private sealed record ColumnEntry(
        string Name, BinaryCodec Codec, byte Compression, int RowsPerBlock, long LookupOffset, long AnnotationsOffset);
}
