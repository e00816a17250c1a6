using System.Text;

namespace Microsoft.ML.Lora;

/// <summary>
/// A file is not what it claims to be: damaged, truncated, of an unknown format or version, or with other tensors than the model needs.
/// The message names the file, the key or offset, what was found and what was expected.
/// </summary>
public sealed class LoraFormatException : FormatException
{
    /// <summary>Makes the exception with a message only.</summary>
    /// <param name="message">What is wrong.</param>
    public LoraFormatException(string message) : base(message)
    {
    }

    /// <summary>Makes the exception with a message and the exception that caused it.</summary>
    /// <param name="message">What is wrong.</param>
    /// <param name="innerException">The cause.</param>
    public LoraFormatException(string message, Exception? innerException) : base(message, innerException)
    {
    }

    internal LoraFormatException(
        string file, string problem, string? key = null, long? offset = null, string? found = null, string? expected = null, Exception? inner = null,
        IReadOnlyList<string>? details = null)
        : base(Compose(file, problem, key, offset, found, expected), inner)
    {
        File = file;
        Key = key;
        Offset = offset;
        Found = found;
        Expected = expected;
        Details = details ?? [];
    }

    /// <summary>The file, as it was named by the caller; null where the content did not come from a file.</summary>
    public string? File { get; }

    /// <summary>The key (a tensor's name, a field of a configuration) the problem is at, or null.</summary>
    public string? Key { get; }

    /// <summary>The byte offset the problem is at, or null.</summary>
    public long? Offset { get; }

    /// <summary>What was found there, or null where the message says it in other words.</summary>
    public string? Found { get; }

    /// <summary>What was expected instead, or null where the message says it in other words.</summary>
    public string? Expected { get; }

    /// <summary>Every single problem, a line each, where there are many and the message names the first of them; else empty.</summary>
    public IReadOnlyList<string> Details { get; } = [];

    private static string Compose(string file, string problem, string? key, long? offset, string? found, string? expected)
    {
        var text = new StringBuilder($"'{file}': ");
        if (key is not null)
            text.Append($"'{Shorten(key)}': ");
        text.Append(problem);
        if (offset is not null)
            text.Append($" (at byte {offset})");
        if (found is not null)
            text.Append($"; found {Shorten(found)}");
        if (expected is not null)
            text.Append($"; expected {expected}");
        return text.Append('.').ToString();
    }

    /// <summary>A hostile file cannot make a message long, break its line, or send a terminal its codes.</summary>
    internal static string Shorten(string text)
    {
        const int Most = 200;
        return text.Length <= Most ? Printable(text) : $"{Printable(text[..Most])}... ({text.Length} characters)";
    }

    /// <summary>A text with escapes in place of what is no character to see.</summary>
    internal static string Printable(string text) =>
        text.Any(IsUnprintable) ? string.Concat(text.Select(c => IsUnprintable(c) ? $"\\u{(int)c:x4}" : $"{c}")) : text;

    /// <summary>Control characters, and those that turn the order of what follows.</summary>
    private static bool IsUnprintable(char c) => char.IsControl(c) || c is (>= '\u2028' and <= '\u202e') or (>= '\u2066' and <= '\u2069');
}
