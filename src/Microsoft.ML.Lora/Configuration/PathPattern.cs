using System.Text.RegularExpressions;

namespace Microsoft.ML.Lora.Configuration;

/// <summary>
/// Regular expressions over module paths with Python's meaning of a full match. The expression is the user's own, but it may also come
/// from an adapter file, so every match is bounded in time.
/// </summary>
internal static class PathPattern
{
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(2);

    /// <summary>The expression matches the whole text, as Python's <c>re.fullmatch</c>.</summary>
    public static Regex Full(string pattern) => new($@"\A(?:{pattern})\z", RegexOptions.CultureInvariant, _timeout);

    /// <summary>The expression matches the whole path or all that follows one of its dots, as PEFT's rank and alpha patterns do.</summary>
    public static Regex DottedSuffix(string pattern) => new($@"\A(?:.*\.)?(?:{pattern})\z", RegexOptions.CultureInvariant, _timeout);

    /// <summary>Notes a problem when the expression does not compile; null is fine.</summary>
    public static void Check(OptionProblems problems, string option, string? pattern)
    {
        if (pattern is null)
            return;
        if (pattern.Length == 0)
        {
            problems.Add(option, "is an empty regular expression.");
            return;
        }

        try
        {
            _ = Full(pattern);
        }
        catch (ArgumentException e)
        {
            problems.Add(option, $"is not a valid regular expression: {e.Message}");
        }
    }
}
