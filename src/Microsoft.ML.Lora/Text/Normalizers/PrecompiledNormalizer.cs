using System.Buffers;
using System.Text.Unicode;
using Microsoft.ML.Lora.Text.Pipeline;
using Microsoft.ML.Lora.Text.Unicode;

namespace Microsoft.ML.Lora.Text.Normalizers;

/// <summary>
/// Applies sentencepiece's character map as Hugging Face's library does: a grapheme cluster of fewer than 6 bytes as a whole where the map
/// has it, else each of its code points by itself.
/// </summary>
internal sealed class PrecompiledNormalizer : TextNormalizer
{
    private const int LongestCluster = 6;

    private readonly CharacterMap _map;
    private readonly int[]?[] _ascii = new int[]?[0x80];

    public PrecompiledNormalizer(CharacterMap map)
    {
        _map = map;
        for (int c = 0; c < _ascii.Length; c++)
            _ascii[c] = map.Find([(byte)c]);
    }

    public override void Normalize(TextPiece source, TextBuffer destination)
    {
        if (!Changes(source.Chars))
        {
            destination.Append(source);
            return;
        }

        var writer = new PendingWriter(source, destination);
        ReadOnlySpan<char> text = source.Chars;
        Span<byte> bytes = stackalloc byte[LongestCluster];
        for (int start = 0; start < text.Length;)
        {
            int end = GraphemeClusters.End(text, start);
            ReadOnlySpan<char> cluster = text[start..end];
            start = end;
            int[]? whole = Find(cluster, bytes);
            if (whole is not null)
            {
                writer.Replace(CodePoint.Count(cluster), whole);
                continue;
            }

            for (int i = 0; i < cluster.Length;)
            {
                int c = CodePoint.At(cluster, i, out int length);
                int[]? single = Find(cluster.Slice(i, length), bytes);
                if (single is null)
                    writer.Write(c, 0);
                else
                    writer.Replace(1, single);
                i += length;
            }
        }

        writer.Finish();
    }

    private bool Changes(ReadOnlySpan<char> text)
    {
        foreach (char c in text)
        {
            if (c >= 0x80 || _ascii[c] is not null)
                return true;
        }

        // A carriage return with a line feed is a cluster of its own.
        return text.Contains('\r');
    }

    private int[]? Find(ReadOnlySpan<char> part, Span<byte> bytes)
    {
        if (part.Length == 1 && part[0] < 0x80)
            return _ascii[part[0]];

        // Not Encoding, which allocates where the room is too small.
        return part.Length < LongestCluster && Utf8.FromUtf16(part, bytes, out _, out int count) == OperationStatus.Done && count < LongestCluster
            ? _map.Find(bytes[..count])
            : null;
    }

    /// <summary>Holds the last code point back, because what is dropped after it counts as its change.</summary>
    private ref struct PendingWriter
    {
        private AlignedWriter _writer;
        private int _codePoint;
        private int _change;

        public PendingWriter(TextPiece source, TextBuffer destination)
        {
            _writer = new AlignedWriter(source, destination);
            _codePoint = -1;
        }

        public void Write(int codePoint, int change)
        {
            Finish();
            _codePoint = codePoint;
            _change = change;
        }

        public void Replace(int oldCount, ReadOnlySpan<int> replacement)
        {
            for (int i = 0; i < replacement.Length; i++)
                Write(replacement[i], i < oldCount ? 0 : 1);
            if (replacement.Length < oldCount && _codePoint >= 0)
                _change += replacement.Length - oldCount;
        }

        public void Finish()
        {
            if (_codePoint >= 0)
                _writer.Write(_codePoint, _change);
        }
    }
}
