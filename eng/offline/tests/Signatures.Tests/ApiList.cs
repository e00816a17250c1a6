namespace Signatures;

/// <summary>The recorded members of the real packages: lines of "assembly | type | member".</summary>
internal sealed class ApiList
{
    private ApiList(string root)
    {
        Root = root;
    }

    /// <summary>Where the lists were read.</summary>
    public string Root { get; }

    /// <summary>Public and protected members by type.</summary>
    public Dictionary<string, HashSet<string>> Public { get; } = [];

    /// <summary>Non-public members that saving and loading models need, by type.</summary>
    public Dictionary<string, HashSet<string>> Internal { get; } = [];

    /// <summary>The assembly of each recorded type.</summary>
    public Dictionary<string, string> Assemblies { get; } = [];

    /// <summary>The packages' assemblies.</summary>
    public HashSet<string> AssemblyNames { get; } = [];

    /// <summary>The folder that LORA_API names, else the lists beside this test.</summary>
    public static ApiList Load()
    {
        var root = Environment.GetEnvironmentVariable("LORA_API");
        if (string.IsNullOrEmpty(root))
        {
            root = Path.Combine(Repository.Root, "eng", "offline", "tests", "Signatures.Tests", "Api");
        }
        var files = Directory.Exists(root) ? Directory.GetFiles(root, "*.txt") : [];
        if (files.Length == 0)
        {
            throw new InvalidOperationException($"No lists of members in {root}. Set LORA_API to the folder that holds *.public.txt.");
        }
        var list = new ApiList(root);
        foreach (var file in files)
        {
            list.Read(file, file.Contains(".internals", StringComparison.Ordinal) ? list.Internal : list.Public);
        }
        return list;
    }

    private void Read(string file, Dictionary<string, HashSet<string>> target)
    {
        foreach (var line in File.ReadLines(file))
        {
            var parts = line.Split(" | ", 3);
            if (parts.Length < 3)
            {
                continue;
            }
            AssemblyNames.Add(parts[0]);
            Assemblies[parts[1]] = parts[0];
            if (!target.TryGetValue(parts[1], out var members))
            {
                target[parts[1]] = members = [];
            }
            members.Add(parts[2]);
        }
    }
}
