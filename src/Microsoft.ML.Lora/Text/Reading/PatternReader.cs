using Microsoft.ML.Lora.Text.Patterns;

namespace Microsoft.ML.Lora.Text.Reading;

/// <summary>Reads patterns: <c>{"String": text}</c> or <c>{"Regex": pattern}</c>.</summary>
internal static class PatternReader
{
    public static TextPattern Read(JsonField field)
    {
        const string Expected = "{\"String\": text} or {\"Regex\": pattern}";
        JsonField regex = field.OnlyMember(Expected);
        if (regex.Name == "String")
            return new LiteralPattern(regex.AsString());
        if (regex.Name != "Regex")
            throw field.Wrong(Expected);
        try
        {
            return new RegexPattern(regex.AsString());
        }
        catch (FormatException e) when (e is not LoraFormatException)
        {
            throw new LoraFormatException(regex.File, e.Message, regex.Path, found: $"'{regex.AsString()}'", inner: e);
        }
    }

    public static SplitBehavior ReadBehavior(JsonField field) => field.AsString() switch
    {
        "Removed" => SplitBehavior.Removed,
        "Isolated" => SplitBehavior.Isolated,
        "MergedWithPrevious" => SplitBehavior.MergedWithPrevious,
        "MergedWithNext" => SplitBehavior.MergedWithNext,
        "Contiguous" => SplitBehavior.Contiguous,
        _ => throw field.Wrong("'Removed', 'Isolated', 'MergedWithPrevious', 'MergedWithNext' or 'Contiguous'"),
    };

    /// <summary>A text that must be one character.</summary>
    public static System.Text.Rune ReadCharacter(JsonField field)
    {
        string text = field.AsString();
        return System.Text.Rune.TryGetRuneAt(text.PadRight(1), 0, out System.Text.Rune rune) && rune.Utf16SequenceLength == text.Length
            ? rune
            : throw field.Wrong("one character");
    }
}
