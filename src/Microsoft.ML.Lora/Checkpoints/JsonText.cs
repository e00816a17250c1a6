using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Microsoft.ML.Lora.Checkpoints;

/// <summary>
/// Parses JSON files that others wrote. What comes out can be read whole: System.Text.Json itself lets texts through that are not valid Unicode, and
/// throws when such a text is taken.
/// </summary>
internal static class JsonText
{
    /// <summary>Parses a document; a byte order mark is passed over.</summary>
    /// <param name="utf8">The file's content.</param>
    /// <param name="file">For messages.</param>
    /// <param name="maxDepth">The deepest nesting.</param>
    /// <exception cref="LoraFormatException">It is not JSON, or holds a text that is not valid Unicode.</exception>
    public static JsonElement Parse(ReadOnlyMemory<byte> utf8, string file, int maxDepth = 64)
    {
        int start = utf8.Span.StartsWith("\uFEFF"u8) ? 3 : 0;
        utf8 = utf8[start..];
        if (!Utf8.IsValid(utf8.Span))
        {
            int bad = FirstBadByte(utf8.Span);
            throw new LoraFormatException(file, "not valid UTF-8", offset: start + bad, found: $"byte 0x{utf8.Span[bad]:x2}", expected: "UTF-8");
        }

        try
        {
            CheckEscapes(utf8.Span, maxDepth);
            using JsonDocument document = JsonDocument.Parse(utf8, new JsonDocumentOptions { MaxDepth = maxDepth });
            return document.RootElement.Clone();
        }
        catch (JsonException e)
        {
            throw new LoraFormatException(file, "not valid JSON", offset: start + Position(e, utf8.Span), found: Reason(e), expected: "one JSON value", inner: e);
        }
        catch (InvalidOperationException e)
        {
            throw new LoraFormatException(file, "a text is not valid Unicode", offset: start + FirstBadText(utf8.Span, maxDepth), found: "half a surrogate pair", expected: "whole pairs", inner: e);
        }
    }

    /// <summary>What a JSON exception says, without the line it stands in: a line may be the whole file.</summary>
    public static string Reason(Exception e)
    {
        const int Head = 110, Tail = 80;
        string text = e.Message.TrimEnd('.');
        return LoraFormatException.Printable(text.Length <= Head + Tail ? text : $"{text.AsSpan(0, Head)} ... {text.AsSpan(text.Length - Tail)}");
    }

    /// <summary>Where in the document a JSON exception points to: it counts lines and bytes in them.</summary>
    public static long Position(JsonException e, ReadOnlySpan<byte> utf8)
    {
        int line = 0;
        for (long left = e.LineNumber ?? 0; left > 0 && utf8[line..].IndexOf((byte)'\n') is var end and >= 0; left--)
            line += end + 1;
        return Math.Min(line + (e.BytePositionInLine ?? 0), utf8.Length);
    }

    /// <summary>Where the first text or name stands that cannot be taken; 0 where there is none.</summary>
    public static long FirstBadText(ReadOnlySpan<byte> utf8, int maxDepth)
    {
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = maxDepth });
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName)
                    _ = reader.GetString();
            }
        }
        catch (InvalidOperationException)
        {
            return reader.TokenStartIndex;
        }
        catch (JsonException)
        {
            // Another thing that is wrong, further on.
        }

        return 0;
    }

    private static int FirstBadByte(ReadOnlySpan<byte> utf8)
    {
        int at = 0;
        while (Rune.DecodeFromUtf8(utf8[at..], out _, out int length) == OperationStatus.Done)
            at += length;
        return at;
    }

    /// <summary>Unescapes each text that has escapes, which is where halves of surrogate pairs can stand.</summary>
    private static void CheckEscapes(ReadOnlySpan<byte> utf8, int maxDepth)
    {
        if (utf8.IndexOf((byte)'\\') < 0)
            return;
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = maxDepth });
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped)
                _ = reader.GetString();
        }
    }
}
