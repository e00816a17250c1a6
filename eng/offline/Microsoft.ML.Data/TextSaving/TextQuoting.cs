using System.Text;

namespace Microsoft.ML.Data.IO;

/// <summary>Text as it stands in a field: in quotes where it is empty, starts with a space or holds special characters.</summary>
internal static class TextQuoting
{
    public static void Write(ReadOnlySpan<char> text, StringBuilder destination, char separator)
    {
        destination.Clear();
        if (text.IsEmpty || text[0] == ' ' || text.IndexOfAny(['"', ':', '\n', separator]) >= 0)
            destination.Append('"').Append(text.ToString().Replace("\"", "\"\"", StringComparison.Ordinal)).Append('"');
        else
            destination.Append(text);
    }
}
