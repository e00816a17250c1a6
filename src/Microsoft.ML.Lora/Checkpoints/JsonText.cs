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
        if (utf8.Span.StartsWith("\uFEFF"u8))
            utf8 = utf8[3..];
        if (!Utf8.IsValid(utf8.Span))
            throw new LoraFormatException(file, "not valid UTF-8");
        try
        {
            CheckEscapes(utf8.Span, maxDepth);
            using JsonDocument document = JsonDocument.Parse(utf8, new JsonDocumentOptions { MaxDepth = maxDepth });
            return document.RootElement.Clone();
        }
        catch (JsonException e)
        {
            throw new LoraFormatException(file, $"not valid JSON: {Reason(e)}", inner: e);
        }
        catch (InvalidOperationException e)
        {
            throw new LoraFormatException(file, "a text with half a surrogate pair, which is not valid Unicode", inner: e);
        }
    }

    /// <summary>What a JSON exception says, without the line it stands in: a line may be the whole file.</summary>
    public static string Reason(Exception e)
    {
        const int Head = 160, Tail = 80;
        string text = e.Message.TrimEnd('.');
        return text.Length <= Head + Tail ? text : $"{text.AsSpan(0, Head)} ... {text.AsSpan(text.Length - Tail)}";
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
