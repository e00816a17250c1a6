using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.ML;

namespace Gold;

/// <summary>What the recorded snippets call: attempts, dumps of views and schemas, temporary files, normalised messages.</summary>
public static partial class G
{
    private static readonly List<string> Folders = [];

    /// <summary>A folder for temporary files.</summary>
    public static string Tmp { get; } = NewFolder();

    /// <summary>A path in an empty folder.</summary>
    public static string TmpFile(string name) => Path.Combine(NewFolder(), name);

    public static object Try<T>(Func<T> attempt)
    {
        try
        {
            return new { value = Encoder.Encode(attempt()) };
        }
        catch (Exception error)
        {
            return new { exception = Encoder.EncodeException(error) };
        }
    }

    public static JsonArray Schema(DataViewSchema schema) => Encoder.EncodeSchema(schema);

    public static JsonArray Rows(IDataView view, int max = int.MaxValue, params string[] columns) => Encoder.EncodeRows(view, max, columns);

    /// <summary>Replaces paths and times, which differ from run to run.</summary>
    public static string? Norm(string? text)
    {
        if (text == null)
            return null;
        text = ElapsedTime().Replace(text, "Elapsed <elapsed>.");
        lock (Folders)
        {
            foreach (string folder in Folders)
                text = text.Replace(folder, "<TMP>");
        }
        return text.Replace(Path.Combine(Microsoft.ML.Tests.GoldenDocument.Folder, "models"), "<DIR>");
    }

    private static string NewFolder()
    {
        string folder = Directory.CreateTempSubdirectory("gold").FullName;
        lock (Folders)
            Folders.Add(folder);
        return folder;
    }

    [GeneratedRegex(@"Elapsed [0-9:.]+\.")]
    private static partial Regex ElapsedTime();
}
