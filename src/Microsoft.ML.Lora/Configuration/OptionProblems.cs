using System.Globalization;
using System.Text;

namespace Microsoft.ML.Lora.Configuration;

/// <summary>Collects everything that is wrong with a set of options, so that the user sees all of it at once.</summary>
internal sealed class OptionProblems
{
    private readonly List<(string Option, string Message)> _problems = [];

    public int Count => _problems.Count;

    public void Add(string option, string message) => _problems.Add((option, message));

    /// <summary>Notes a problem unless the value is finite and inside the range.</summary>
    public void CheckRange(string option, double value, double minimum, double maximum, bool minimumAllowed = true, bool maximumAllowed = true)
    {
        bool inside = double.IsFinite(value)
            && (minimumAllowed ? value >= minimum : value > minimum)
            && (maximumAllowed ? value <= maximum : value < maximum);
        if (inside)
            return;

        string range = double.IsPositiveInfinity(maximum)
            ? string.Create(CultureInfo.InvariantCulture, $"a finite number {(minimumAllowed ? "of at least" : "greater than")} {minimum}")
            : string.Create(CultureInfo.InvariantCulture,
                $"in {(minimumAllowed ? '[' : '(')}{minimum}, {maximum}{(maximumAllowed ? ']' : ')')}");
        Add(option, string.Create(CultureInfo.InvariantCulture, $"is {value}; it must be {range}."));
    }

    /// <summary>Notes a problem unless the value is at least <paramref name="minimum"/>.</summary>
    public void CheckAtLeast(string option, long value, long minimum)
    {
        if (value < minimum)
            Add(option, string.Create(CultureInfo.InvariantCulture, $"is {value}; it must be at least {minimum}."));
    }

    /// <summary>Notes a problem unless the value is a member of its enumeration.</summary>
    public void CheckEnum<T>(string option, T value)
        where T : struct, Enum
    {
        if (!Enum.IsDefined(value))
            Add(option, $"is {value}; it must be one of {string.Join(", ", Enum.GetNames<T>())}.");
    }

    /// <summary>Everything that was added, one problem a line; null when nothing was.</summary>
    public string? Describe()
    {
        if (_problems.Count == 0)
            return null;
        if (_problems.Count == 1)
            return $"{_problems[0].Option} {_problems[0].Message}";

        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{_problems.Count} options are not valid:");
        foreach ((string option, string message) in _problems)
            text.AppendLine().Append("  - ").Append(option).Append(' ').Append(message);
        return text.ToString();
    }

    /// <summary>Throws one exception that names every problem; does nothing when there is none.</summary>
    /// <exception cref="ArgumentException">At least one problem was added.</exception>
    public void ThrowIfAny(string parameterName)
    {
        if (Describe() is { } text)
            throw new ArgumentException(text, parameterName);
    }
}
