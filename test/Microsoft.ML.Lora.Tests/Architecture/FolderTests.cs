using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.ML.Lora.Adapters;
using Microsoft.ML.Lora.Models;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Architecture;

/// <summary>
/// Which folder of the product may use which, and which may know ML.NET: docs/design.md, "Folders". A new arrow is a decision about the
/// design, to be made there first.
/// </summary>
[TestClass]
public sealed class FolderTests
{
    private const string Root = "Microsoft.ML.Lora";

    /// <summary>Each folder and all that it may use.</summary>
    private static readonly Dictionary<string, string[]> _allowed = new()
    {
        ["Diagnostics"] = [],
        ["Configuration"] = [],
        ["Checkpoints"] = ["Diagnostics"],
        ["Hub"] = ["Configuration", "Checkpoints"],
        ["Kernels"] = ["Configuration"],
        ["Text"] = ["Checkpoints"],
        ["Models"] = ["Configuration", "Kernels", "Checkpoints", "Hub"],
        ["Adapters"] = ["Configuration", "Kernels", "Checkpoints", "Models"],
        ["Training"] = ["Diagnostics", "Configuration", "Kernels", "Checkpoints", "Models", "Adapters"],
        ["Data"] = ["Configuration", "Checkpoints", "Models", "Text", "Training", "MLNetInterop"],
        ["Estimators"] = ["Configuration", "Checkpoints", "Models", "Adapters", "Training", "Text", "Data", "MLNetInterop"],
        ["Comparing"] = ["Configuration", "Checkpoints", "Models", "Adapters", "Training", "Text", "Data", "Estimators"],
        ["MLNetInterop"] = ["Checkpoints", "Estimators"],
        ["LoraCatalog"] = ["Configuration", "Checkpoints", "Models", "Estimators", "MLNetInterop"],
    };

    private static readonly string[] _knowMlNet = ["Data", "Estimators", "Comparing", "MLNetInterop", "LoraCatalog"];

    private static readonly Assembly _product = typeof(BaseModel).Assembly;

    private static string SourceFolder([CallerFilePath] string thisFile = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "../../../src/Microsoft.ML.Lora"));

    [TestMethod]
    public void DependenciesRunOneWay()
    {
        Dictionary<string, string> folders = FoldersOfFiles();
        var wrong = new SortedSet<string>(StringComparer.Ordinal);
        var used = new HashSet<string>();
        foreach (Type type in ProductTypes())
        {
            string from = FolderOf(type, folders);
            Assert.IsTrue(_allowed.ContainsKey(from), $"{type} is in the folder {from}, of which docs/design.md says nothing.");
            foreach (Type other in TypeReferences.Of(type).Where(t => t.Assembly == _product && !IsGenerated(t)))
            {
                string to = FolderOf(other, folders);
                used.Add($"{from} -> {to}");
                if (to != from && !_allowed[from].Contains(to))
                    wrong.Add($"{from} -> {to}: {Outermost(type).Name} uses {Outermost(other).Name}");
            }
        }

        Console.WriteLine(string.Join('\n', used.Order()));
        Assert.IsEmpty(wrong, string.Join('\n', wrong));
    }

    [TestMethod]
    public void MlNetIsKnownInFivePlacesOnly()
    {
        Dictionary<string, string> folders = FoldersOfFiles();
        var wrong = new SortedSet<string>(StringComparer.Ordinal);
        foreach (Type type in ProductTypes().Where(t => !_knowMlNet.Contains(FolderOf(t, folders))))
        {
            foreach (Type other in TypeReferences.Of(type).Where(IsMlNet))
                wrong.Add($"{FolderOf(type, folders)}: {Outermost(type).Name} uses {other}");
        }

        Assert.IsEmpty(wrong, string.Join('\n', wrong));
    }

    [TestMethod]
    public void TheHubKnowsNoTensors()
    {
        Dictionary<string, string> folders = FoldersOfFiles();
        Type[] hub = [.. ProductTypes().Where(t => FolderOf(t, folders) == "Hub")];
        Assert.IsNotEmpty(hub);
        Assert.IsEmpty(hub.SelectMany(TypeReferences.Of).Where(t => t.Assembly.GetName().Name == "TorchSharp").ToArray());
    }

    [TestMethod]
    public void OnlyTheHubUsesTheNetwork()
    {
        Dictionary<string, string> folders = FoldersOfFiles();
        string[] wrong = [.. ProductTypes().Where(t => FolderOf(t, folders) != "Hub")
            .Where(t => TypeReferences.Of(t).Any(used => used.Namespace is { } name && name.StartsWith("System.Net", StringComparison.Ordinal)))
            .Select(t => t.FullName!)];
        Assert.IsEmpty(wrong, string.Join('\n', wrong));
    }

    [TestMethod]
    public void InternalsOfMlNetAreUsedInOneFolderOnly()
    {
        // The transformer's own Save hands its context on; that is the contract's signature.
        Dictionary<string, string> folders = FoldersOfFiles();
        HashSet<string> internals = [.. File.ReadLines(Path.Combine(SourceFolder(), "MLNetInterop", "InternalTypes.txt"))
            .Select(line => line.Split('#')[0].Trim()).Where(line => line.Length > 0)];
        var wrong = new SortedSet<string>(StringComparer.Ordinal);
        foreach (Type type in ProductTypes().Where(t => FolderOf(t, folders) != "MLNetInterop"))
        {
            foreach (Type other in TypeReferences.Of(type).Where(t => IsMlNet(t) && !IsVisible(t) && internals.Contains(t.FullName!)))
                wrong.Add($"{FolderOf(type, folders)}: {Outermost(type).Name} uses {other}");
        }

        Assert.IsEmpty(wrong, string.Join('\n', wrong));
    }

    [TestMethod]
    public void TheCheckCanFail()
    {
        Assert.IsTrue(TypeReferences.Of(typeof(LoraTextClassificationTransformer)).Any(IsMlNet));
        Assert.Contains(typeof(LoraAdapter), TypeReferences.Of(typeof(SequenceClassifier)));
        Assert.Contains(typeof(PackedBatch), TypeReferences.Of(typeof(SequenceClassifier)), "Used in a method's code only.");
    }

    private static IEnumerable<Type> ProductTypes() => _product.GetTypes().Where(type => !IsGenerated(type));

    private static bool IsVisible(Type type) => type.IsVisible;

    private static bool IsMlNet(Type type) => type.Assembly.GetName().Name is { } name
        && name.StartsWith("Microsoft.ML.", StringComparison.Ordinal) && name != "Microsoft.ML.Tokenizers" && type.Assembly != _product;

    private static Type Outermost(Type type) => type.DeclaringType is { } outer ? Outermost(outer) : type;

    // Written by the compiler or a generator for the whole assembly, in no folder.
    private static bool IsGenerated(Type type)
    {
        Type outer = Outermost(type);
        return outer.Name.StartsWith('<') || outer.Namespace is null || !outer.Namespace.StartsWith("Microsoft.ML", StringComparison.Ordinal);
    }

    private static string FolderOf(Type type, Dictionary<string, string> folders)
    {
        Type outer = Outermost(type);
        string[] parts = outer.Namespace!.Split('.');
        if (outer.Namespace.StartsWith(Root + ".", StringComparison.Ordinal))
            return parts[3];
        string name = outer.Name.Split('`')[0];
        Assert.IsTrue(folders.TryGetValue(name, out string? folder), $"No file is named after {outer}: one type per file.");
        return folder!;
    }

    /// <summary>For types of the root namespace: which folder has a file of that name.</summary>
    private static Dictionary<string, string> FoldersOfFiles()
    {
        string root = SourceFolder();
        var folders = new Dictionary<string, string>();
        foreach (string file in Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories))
        {
            string[] parts = Path.GetRelativePath(root, file).Split(Path.DirectorySeparatorChar);
            if (parts[0] is not ("bin" or "obj"))
                folders[parts[^1].Split('.')[0]] = parts.Length == 1 ? parts[0].Split('.')[0] : parts[0];
        }

        return folders;
    }
}
