using System.Diagnostics;
using System.Text.Json;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Signatures;

/// <summary>
/// The projects outside this folder name packages only; which of them are swapped for subsets is one property's decision.
/// Read from the evaluated projects, in both modes.
/// </summary>
[TestClass]
public sealed class ProjectEvaluationTests
{
    private static readonly string[] _folders = ["src", "test", "samples", "bench"];

    /// <summary>What a feed may lack.</summary>
    private static readonly string[] _swapped = ["Microsoft.ML", "Microsoft.ML.Tokenizers", "TorchSharp", "TorchSharp-cpu", "TorchSharp-cuda-linux"];

    [TestMethod]
    public void ReferToTheSubsetOnlyWhenToldTo()
    {
        string subset = Path.Combine(Repository.Root, "eng", "offline") + Path.DirectorySeparatorChar;
        string[] projects = [.. _folders.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.csproj", SearchOption.AllDirectories))];
        Assert.AreNotEqual(0, projects.Length, "No project was found.");
        int withPackages = 0;
        foreach (string project in projects)
        {
            (string[] online, string[] onlinePackages) = Evaluate(project, offline: false);
            (string[] offline, string[] offlinePackages) = Evaluate(project, offline: true);
            string name = Path.GetRelativePath(Repository.Root, project);
            Assert.IsEmpty(online.Where(path => path.StartsWith(subset, StringComparison.Ordinal)), $"{name} refers to the subset although the feed has the packages.");
            Assert.IsEmpty(offlinePackages.Intersect(_swapped), $"{name} still asks the feed for packages that it lacks.");
            bool wants = onlinePackages.Intersect(_swapped).Any();
            Assert.AreEqual(wants, offline.Any(path => path.StartsWith(subset, StringComparison.Ordinal)), $"{name} and the subset.");
            withPackages += wants ? 1 : 0;
        }

        Console.WriteLine($"{projects.Length} projects evaluated in both modes, {withPackages} of them use packages that the subset stands in for.");
        Assert.AreNotEqual(0, withPackages);
    }

    [TestMethod]
    public void IsNamedNowhereInTheProduct()
    {
        string[] files = [.. _folders.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.*", SearchOption.AllDirectories))
            .Where(file => Path.GetExtension(file) is ".cs" or ".csproj" or ".props" or ".targets")
            .Where(file => !file.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"))];
        Assert.AreNotEqual(0, files.Length);
        foreach (string file in files)
        {
            string text = File.ReadAllText(file);
            Assert.IsFalse(text.Contains("eng/offline", StringComparison.Ordinal) || text.Contains("OfflineSubset", StringComparison.Ordinal),
                $"{Path.GetRelativePath(Repository.Root, file)} knows of the subset.");
        }
    }

    private static (string[] Projects, string[] Packages) Evaluate(string project, bool offline)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            ArgumentList = { "msbuild", project, "-nologo", "-getItem:ProjectReference", "-getItem:PackageReference", $"-p:OfflineSubset={(offline ? "true" : "false")}" },
        };
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.AreEqual(0, process.ExitCode, output);
        using JsonDocument document = JsonDocument.Parse(output);
        JsonElement items = document.RootElement.GetProperty("Items");
        return (Values(items, "ProjectReference", "FullPath"), Values(items, "PackageReference", "Identity"));
    }

    private static string[] Values(JsonElement items, string type, string field) =>
        [.. items.GetProperty(type).EnumerateArray().Select(item => item.GetProperty(field).GetString()!)];
}
