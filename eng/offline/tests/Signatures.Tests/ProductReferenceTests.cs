using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Signatures;

/// <summary>
/// Every member of the packages that the compiled product, samples and benchmarks refer to is a recorded one;
/// non-public ones only from the list of those that saving needs, and only from the interop folder.
/// </summary>
[TestClass]
public sealed class ProductReferenceTests
{
    private const string InteropNamespace = "Microsoft.ML.Lora.MLNetInterop.";

    private static readonly ApiList s_api = ApiList.Load();
    private static readonly Dictionary<string, HashSet<string>> s_public = Keys(s_api.Public);
    private static readonly Dictionary<string, HashSet<string>> s_internal = Keys(s_api.Internal);

    /// <summary>Projects that use the packages, with the newest assembly that each was built to.</summary>
    public static IEnumerable<object[]> Projects =>
        from folder in new[] { "src", "samples", "bench" }
        let path = Path.Combine(Repository.Root, folder)
        where Directory.Exists(path)
        from project in Directory.GetFiles(path, "*.csproj", SearchOption.AllDirectories)
        select new object[] { Path.GetRelativePath(Repository.Root, project) };

    [TestMethod]
    [DynamicData(nameof(Projects))]
    public void References_are_recorded_members(string project)
    {
        var path = Built(project);
        var references = References.Read(path, s_api.AssemblyNames);
        var problems = new SortedSet<string>(StringComparer.Ordinal);
        var nonPublic = 0;
        foreach (var reference in references)
        {
            var visible = IsKnown(s_public, reference);
            var hidden = !visible && IsKnown(s_internal, reference);
            nonPublic += hidden && reference.Member is not null ? 1 : 0;
            if (!visible && !hidden)
            {
                problems.Add($"{reference.Type}: {reference.Member ?? "(type)"} is not recorded");
            }
            else if (hidden && reference.User is { } user && !user.StartsWith(InteropNamespace, StringComparison.Ordinal))
            {
                problems.Add($"{reference.Type}: {reference.Member ?? "(type)"} is not public, and {user} is outside {InteropNamespace}*");
            }
        }
        var members = references.Select(r => (r.Type, r.Member)).Distinct().Count();
        Console.WriteLine($"{path}: {members} types and members of the packages compared, {nonPublic} uses of non-public ones, {problems.Count} problems");
        Assert.IsEmpty(problems, Environment.NewLine + string.Join(Environment.NewLine, problems));
    }

    [TestMethod]
    public void Keys_of_recorded_members()
    {
        var module = s_public["TorchSharp.torch.nn.Module`2"];
        Assert.Contains("call(!0)", module);
        var tensor = s_public["TorchSharp.torch.Tensor"];
        Assert.Contains("add(TorchSharp.torch.Tensor)", tensor);
        Assert.Contains("data()", tensor);
        Assert.Contains("get_TensorItems(TorchSharp.torch.TensorIndex[])", tensor);
        Assert.Contains("set_grad(TorchSharp.torch.Tensor)", tensor);
        Assert.Contains("float32: TorchSharp.torch.ScalarType", s_public["TorchSharp.torch"]);
        Assert.Contains("add_Log(System.EventHandler<Microsoft.ML.LoggingEventArgs>)", s_public["Microsoft.ML.MLContext"]);
    }

    private static bool IsKnown(Dictionary<string, HashSet<string>> keys, Reference reference) =>
        keys.TryGetValue(reference.Type, out var members) && (reference.Member is null || members.Contains(reference.Member));

    private static string Built(string project)
    {
        var folder = Path.GetDirectoryName(Path.Combine(Repository.Root, project))!;
        var name = Path.GetFileNameWithoutExtension(project) + ".dll";
        var bin = Path.Combine(folder, "bin");
        var built = Directory.Exists(bin) ? Directory.GetFiles(bin, name, SearchOption.AllDirectories) : [];
        return built.OrderByDescending(File.GetLastWriteTimeUtc).FirstOrDefault()
            ?? throw new AssertFailedException($"{project} has not been built; run this test with -p:OfflineSubset=true, which builds it.");
    }

    private static Dictionary<string, HashSet<string>> Keys(Dictionary<string, HashSet<string>> lists)
    {
        var keys = new Dictionary<string, HashSet<string>>();
        foreach (var (type, members) in lists)
        {
            keys[Metadata(type)] = [.. members.SelectMany(member => MemberKeys.Of(type, member))];
        }
        return keys;
    }

    // Module<T, TResult> is Module`2 in metadata.
    private static string Metadata(string type) => System.Text.RegularExpressions.Regex.Replace(
        type, "<([^<>]*)>", match => "`" + (match.Value.Count(c => c == ',') + 1));
}
