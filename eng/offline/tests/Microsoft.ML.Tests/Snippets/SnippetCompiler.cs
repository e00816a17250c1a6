using System.Reflection;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;

namespace Microsoft.ML.Tests;

/// <summary>
/// Compiles all recorded snippets, with the types and helpers of their files, as they are found. What does not compile
/// is taken out and remembered with the members it lacks; a helper or type that lacks one takes its users along.
/// </summary>
internal static partial class SnippetCompiler
{
    private const string Usings = """
        #nullable disable
        using System; using System.Collections.Generic; using System.IO; using System.Linq; using System.Threading; using System.Threading.Tasks;
        using Microsoft.ML; using Microsoft.ML.Data; using Microsoft.ML.Transforms;
        namespace Gold;

        """;

    private static readonly Lazy<(IReadOnlyList<Snippet> Snippets, Assembly Assembly)> Compiled = new(() => Compile(GoldenDocument.LoadAll()));

    public static IReadOnlyList<Snippet> All => Compiled.Value.Snippets;

    /// <summary>A row class or helper that a document brings.</summary>
    public static Type FindType(string name)
        => Compiled.Value.Assembly.GetType("Gold." + name) ?? throw new InvalidOperationException($"The type '{name}' is in no document, or does not compile.");

    private static (IReadOnlyList<Snippet> Snippets, Assembly Assembly) Compile(IReadOnlyList<GoldenDocument> documents)
    {
        var snippets = documents.SelectMany(document => document.Cases.Where(golden => golden.ContainsKey("code"))
            .Select(golden => new Snippet(document, golden))).ToArray();
        var trees = new Dictionary<SyntaxTree, object>();
        foreach (var (name, source) in SharedSources(documents))
            trees.Add(Parse(source, name), name);
        for (int i = 0; i < snippets.Length; i++)
            trees.Add(Parse(Source(snippets[i], i), snippets[i].Id), snippets[i]);
        var lacking = new Dictionary<string, IReadOnlyList<string>>();
        while (true)
        {
            using var image = new MemoryStream();
            var result = CSharpCompilation.Create("Snippets", trees.Keys, References(), Options).Emit(image);
            if (result.Success)
            {
                var assembly = Assembly.Load(image.ToArray());
                foreach (var snippet in trees.Values.OfType<Snippet>())
                    snippet.Run = (Delegate)assembly.GetType($"Gold.Case{Array.IndexOf(snippets, snippet)}")!.GetField("Run")!.GetValue(null)!;
                return (snippets, assembly);
            }
            TakeOut(trees, result.Diagnostics, lacking);
        }
    }

    private static CSharpCompilationOptions Options => new(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Disable);

    /// <summary>Types and helpers; several files bring the same ones.</summary>
    private static Dictionary<string, string> SharedSources(IReadOnlyList<GoldenDocument> documents)
    {
        var sources = new Dictionary<string, string>();
        foreach (var document in documents)
        {
            foreach (var (name, code) in document.Head["types"] as JsonObject ?? [])
                sources[name] = (string)code!;
            foreach (var (name, code) in document.Head["helpers"] as JsonObject ?? [])
            {
                string text = (string)code!;
                int dot = name.IndexOf('.');
                sources[name] = dot < 0 ? text : $"public static partial class {name[..dot]} {{ {text} }}";
            }
        }
        return sources;
    }

    private static string Source(Snippet snippet, int number)
    {
        string type = snippet.TakesPath ? "Func<MLContext, string, object>" : "Func<MLContext, object>";
        return $"public static class Case{number} {{ {CapturedVariables.Declare(snippet)} public static readonly {type} Run = {snippet.Code}; }}";
    }

    private static SyntaxTree Parse(string source, string name)
        => CSharpSyntaxTree.ParseText(SourceText.From(Usings + source, Encoding.UTF8), new CSharpParseOptions(LanguageVersion.Preview), name);

    private static IEnumerable<MetadataReference> References()
        => ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Select(path => MetadataReference.CreateFromFile(path));

    private static void TakeOut(
        Dictionary<SyntaxTree, object> trees, IEnumerable<Diagnostic> diagnostics, Dictionary<string, IReadOnlyList<string>> lacking)
    {
        var errors = diagnostics.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error).ToArray();
        if (errors.FirstOrDefault(error => error.Location.SourceTree == null) is { } general)
            throw new InvalidOperationException(general.ToString());
        foreach (var group in errors.GroupBy(error => error.Location.SourceTree!))
        {
            // A lambda that does not compile leaves its parameters unknown; that only follows from the other errors.
            var causes = group.Any(error => error.Id != "CS0103") ? group.Where(error => error.Id != "CS0103") : group;
            var missing = causes.SelectMany(error => Lacks(error, lacking)).Distinct().ToArray();
            if (trees[group.Key] is Snippet snippet)
                snippet.Missing = missing;
            else
                lacking[LastName((string)trees[group.Key])] = missing;
            trees.Remove(group.Key);
        }
    }

    /// <summary>The members that an error says are not there; of a helper that was taken out, those that it lacked.</summary>
    private static IEnumerable<string> Lacks(Diagnostic error, Dictionary<string, IReadOnlyList<string>> lacking)
    {
        string message = error.GetMessage(System.Globalization.CultureInfo.InvariantCulture);
        var names = QuotedName().Matches(message).Select(match => match.Groups[1].Value).ToArray();
        string missing = error.Id switch
        {
            "CS1061" or "CS0117" => $"{LastName(names[0])}.{names[1]}",
            "CS0246" or "CS0103" or "CS0234" => names[0],
            _ => message,
        };
        return lacking.GetValueOrDefault(LastName(missing)) ?? [missing];
    }

    private static string LastName(string name) => name[(name.LastIndexOf('.') + 1)..];

    [GeneratedRegex("'([^']*)'")]
    private static partial Regex QuotedName();
}
