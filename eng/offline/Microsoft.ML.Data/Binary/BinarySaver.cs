using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>
/// Writes views in the binary format: header; for each column one deflated block of all its values; the places of the
/// blocks; the annotations; the table of contents; a tail signature. Models hold schemas and lookup tables this way.
/// </summary>
internal sealed class BinarySaver
{
    private const byte Uncompressed = 0;
    private const byte Deflated = 1;
    private readonly IHost _host;

    public BinarySaver(IHostEnvironment env)
    {
        _host = env.Register(nameof(BinarySaver));
        _ = new CodecFactory(_host);
    }

    /// <param name="stream">Where the view is written to, from the start of the stream.</param>
    /// <param name="data">The view.</param>
    /// <param name="logsSize">Reports the number of rows and the time.</param>
    public void Save(Stream stream, IDataView data, bool logsSize = false)
    {
        var watch = Stopwatch.StartNew();
        using var channel = _host.Start("Saving");
        var codecs = data.Schema.Select(CodecOf).ToArray();
        // The original looks at the data twice: first to choose the size of blocks, in random order where it can.
        using (data.GetRowCursor(data.Schema, data.CanShuffle ? RandomUtils.Create(_host.Rand) : null))
        {
        }
        var blocks = ReadBlocks(data, codecs, out long rowCount);
        using var writeChannel = _host.Start("Write");
        using var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
        writer.Write(new byte[BinaryHeader.Size]);
        var places = blocks.Select(block => WriteBlock(writer, block)).ToArray();
        var lookups = WriteLookups(writer, places, codecs.Length);
        var annotations = data.Schema.Select(column => WriteAnnotations(writer, column, writeChannel)).ToArray();
        long contents = stream.Position;
        for (int i = 0; i < codecs.Length; i++)
        {
            writer.Write(data.Schema[i].Name);
            CodecFactory.WriteCodec(writer, codecs[i]);
            writer.Write(Deflated);
            writer.Write7BitEncodedInt64(Math.Max(1, rowCount));
            writer.Write(lookups[i]);
            writer.Write(annotations[i]);
        }
        writer.Flush();
        long tail = stream.Position;
        writer.Write(BinaryHeader.TailSignature);
        writer.Flush();
        stream.Position = 0;
        new BinaryHeader(contents, tail, rowCount, codecs.Length).Write(writer);
        if (logsSize)
            channel.Info("Wrote {0} rows across {1} columns in {2}", rowCount, codecs.Length, watch.Elapsed);
    }

    private BinaryCodec CodecOf(DataViewSchema.Column column)
        => CodecFactory.TryGetCodec(column.Type, out var codec)
            ? codec
            : throw _host.Except("Could not get codec for requested column {0} of type {1}", column.Name, column.Type);

    /// <summary>The uncompressed blocks, none when there are no rows.</summary>
    private static byte[][] ReadBlocks(IDataView data, BinaryCodec[] codecs, out long rowCount)
    {
        using var cursor = data.GetRowCursor(data.Schema);
        var writers = codecs.Select((codec, index) => codec.OpenBlock(cursor, cursor.Schema[index])).ToArray();
        for (rowCount = 0; cursor.MoveNext(); rowCount++)
        {
            foreach (var writer in writers)
                writer.Add();
        }
        return rowCount == 0 ? [] : writers.Select(writer => Bytes(writer.WriteTo)).ToArray();
    }

    private static (long Offset, int Written, int Length) WriteBlock(BinaryWriter writer, byte[] block)
    {
        writer.Flush();
        long offset = writer.BaseStream.Position;
        byte[] deflated = Deflate(block);
        writer.Write(deflated);
        return (offset, deflated.Length, block.Length);
    }

    private static long[] WriteLookups(BinaryWriter writer, (long Offset, int Written, int Length)[] places, int columns)
    {
        var lookups = new long[columns];
        for (int i = 0; i < columns; i++)
        {
            writer.Flush();
            lookups[i] = writer.BaseStream.Position;
            if (places.Length > 0)
            {
                writer.Write(places[i].Offset);
                writer.Write(places[i].Written);
                writer.Write(places[i].Length);
            }
        }
        return lookups;
    }

    /// <summary>Writes the values, then their table; returns the place of the table, 0 without annotations.</summary>
    private long WriteAnnotations(BinaryWriter writer, DataViewSchema.Column column, IChannel channel)
    {
        var entries = new List<(string Kind, BinaryCodec Codec, byte Compression, long Offset, long Size)>();
        foreach (var annotation in column.Annotations.Schema)
        {
            if (entries.Exists(entry => entry.Kind == annotation.Name))
                throw _host.Except("Metadata with duplicate kind '{0}' encountered, disallowed", annotation.Name);
            if (!CodecFactory.TryGetCodec(annotation.Type, out var codec))
            {
                channel.Warning("Could not get codec for type {0}, dropping column '{1}' index {2} metadata kind '{3}'",
                    annotation.Type, column.Name, column.Index, annotation.Name);
                continue;
            }
            byte[] plain = Bytes(inner => codec.WriteAnnotation(inner, column.Annotations, annotation.Name));
            byte[] deflated = Deflate(plain);
            bool keepPlain = plain.Length <= deflated.Length;
            writer.Flush();
            long offset = writer.BaseStream.Position;
            writer.Write(keepPlain ? plain : deflated);
            entries.Add((annotation.Name, codec, keepPlain ? Uncompressed : Deflated, offset, keepPlain ? plain.Length : deflated.Length));
        }
        if (entries.Count == 0)
            return 0;
        writer.Flush();
        long table = writer.BaseStream.Position;
        writer.Write7BitEncodedInt64(entries.Count);
        foreach (var entry in entries)
        {
            writer.Write(entry.Kind);
            CodecFactory.WriteCodec(writer, entry.Codec);
            writer.Write(entry.Compression);
            writer.Write(entry.Offset);
            writer.Write7BitEncodedInt64(entry.Size);
        }
        writer.Flush();
        return table;
    }

    private static byte[] Bytes(Action<BinaryWriter> write)
    {
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true))
            write(writer);
        return stream.ToArray();
    }

    private static byte[] Deflate(byte[] bytes)
    {
        using var stream = new MemoryStream();
        using (var deflate = new DeflateStream(stream, CompressionMode.Compress, leaveOpen: true))
            deflate.Write(bytes);
        return stream.ToArray();
    }
}
