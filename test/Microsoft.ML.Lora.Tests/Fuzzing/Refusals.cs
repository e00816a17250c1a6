namespace Microsoft.ML.Lora.Tests.Fuzzing;

/// <summary>What every refusal of a checkpoint file must say.</summary>
internal static class Refusals
{
    private const int Longest = 2000;

    /// <summary>File, key or offset, what was found and what was expected; in one line that a terminal can show. Null, or what is missing.</summary>
    public static string? Lack(LoraFormatException refusal, string file)
    {
        string message = refusal.Message;
        return refusal.File != file || !message.Contains(file, StringComparison.Ordinal) ? "does not name the file"
            : refusal.Key is null && refusal.Offset is null ? "names neither key nor offset"
            : string.IsNullOrEmpty(refusal.Found) || !message.Contains("; found ", StringComparison.Ordinal) ? "does not say what was found"
            : string.IsNullOrEmpty(refusal.Expected) || !message.Contains("; expected ", StringComparison.Ordinal) ? "does not say what was expected"
            : message.Length > Longest ? $"has {message.Length} characters"
            : message.Any(c => char.IsControl(c) || c is '\u2028' or '\u2029' or '\u202e') ? "has control characters"
            : null;
    }
}
