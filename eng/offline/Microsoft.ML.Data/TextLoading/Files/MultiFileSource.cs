using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Files by path; wild cards are expanded.</summary>
public sealed class MultiFileSource : IMultiStreamSource
{
    private readonly string[] _paths;

    public MultiFileSource(params string[] paths)
    {
        if (paths == null || (paths.Length == 1 && paths[0] == null))
        {
            _paths = [];
            return;
        }
        var expanded = paths.SelectMany(PathPattern.Expand).ToArray();
        // Paths that match nothing stay, so that opening them tells what is wrong.
        _paths = expanded.Length > 0 ? expanded : paths;
    }

    public int Count => _paths.Length;

    public string GetPathOrNull(int index)
    {
        Contracts.CheckParam(index >= 0 && index < Count, nameof(index));
        return _paths[index];
    }

    public Stream Open(int index)
    {
        string path = GetPathOrNull(index);
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        }
        catch (Exception ex)
        {
            throw Contracts.ExceptIO(null, ex, "Could not open file '{0}'. Error is: {1}", path, ex.Message);
        }
    }

    public TextReader OpenTextReader(int index) => new StreamReader(Open(index));
}
