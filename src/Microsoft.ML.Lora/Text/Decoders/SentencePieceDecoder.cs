using System.Globalization;
using System.Text;

namespace Microsoft.ML.Lora.Text.Decoders;

/// <summary>
/// sentencepiece's own decoding: control pieces go, the unknown piece becomes its surface, byte pieces become characters, visible blanks
/// become blanks, and the one in front of the text goes.
/// </summary>
internal sealed class SentencePieceDecoder(
    IReadOnlySet<string> control, string unknown, string unknownSurface, bool hasBytes, bool dropsPrefix, bool dropsAllPrefixes) : TokenDecoder
{
    public override List<string> Decode(List<string> tokens)
    {
        var text = new StringBuilder();
        var bytes = new List<byte>();
        bool atStart = true;
        foreach (string token in tokens)
        {
            if (hasBytes && TryParseByte(token, out byte value))
            {
                bytes.Add(value);
                continue;
            }

            if (Flush(bytes, text))
                atStart = false;
            if (control.Contains(token))
                continue;
            if (token == unknown)
            {
                text.Append(unknownSurface);
                atStart = false;
                continue;
            }

            string piece = token;
            bool dropped = atStart && dropsPrefix && piece.StartsWith('\u2581');
            if (dropped)
                piece = piece[1..];
            text.Append(piece.Replace('\u2581', ' '));
            if (piece.Length > 0 || (dropped && !dropsAllPrefixes))
                atStart = false;
        }

        Flush(bytes, text);
        return [text.ToString()];
    }

    private static bool TryParseByte(string token, out byte value)
    {
        value = 0;
        return token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>'
            && byte.TryParse(token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>Bytes that are not part of a character become U+FFFD each.</summary>
    private static bool Flush(List<byte> bytes, StringBuilder text)
    {
        if (bytes.Count == 0)
            return false;
        ReadOnlySpan<byte> rest = bytes.ToArray();
        while (!rest.IsEmpty)
        {
            bool valid = Rune.DecodeFromUtf8(rest, out Rune rune, out int length) == System.Buffers.OperationStatus.Done;
            text.Append(valid ? rune.ToString() : "\uFFFD");
            rest = rest[(valid ? length : 1)..];
        }

        bytes.Clear();
        return true;
    }
}
