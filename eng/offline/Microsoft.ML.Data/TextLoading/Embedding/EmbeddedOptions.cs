using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Loader options in comments at the head of a file, on lines that start with #@.</summary>
internal static class EmbeddedOptions
{
    /// <summary>False when there are none, or none that may be used.</summary>
    public static bool TryRead(IHost host, IMultiStreamSource files, ref TextLoader.Options options)
    {
        string text = ReadComments(files);
        if (string.IsNullOrWhiteSpace(text))
            return false;
        using var channel = host.Start("Parsing options from file");
        if (!options.LeaveRoomForEmbedded())
        {
            channel.Warning("Arguments cannot be embedded in the file and in the command line. The embedded arguments will be ignored");
            return false;
        }
        var parser = new OptionText(error => channel.Error(error));
        var result = parser.ParseLoader(text);
        if (result?.Columns == null || result.Columns.Length == 0)
            throw host.Except("TextLoader options embedded in the file are invalid");
        result.UseThreads = options.UseThreads;
        result.HeaderFile = options.HeaderFile;
        result.MaxRows = options.MaxRows;
        options = result;
        return true;
    }

    private static string ReadComments(IMultiStreamSource files)
    {
        if (files.Count == 0)
            return null;
        var parts = new List<string>();
        using var reader = files.OpenTextReader(0);
        while (reader.ReadLine() is { } line)
        {
            if (line.Length == 0 || line.StartsWith("//", StringComparison.CurrentCulture))
                continue;
            if (line[0] != '#')
                break;
            if (line.Length > 2 && line[1] == '@')
                parts.Add(line[2..].Trim());
        }
        return string.Join(' ', parts);
    }
}
