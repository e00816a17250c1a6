using System.Reflection;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Signatures;

/// <summary>Nothing public in a subset assembly that the real one lacks, down to parameter names and default values.</summary>
[TestClass]
public sealed class SubsetSurfaceTests
{
    private static readonly ApiList s_api = ApiList.Load();

    public static IEnumerable<object[]> Assemblies =>
        Directory.GetDirectories(Path.Combine(Repository.Root, "eng", "offline"))
            .Where(folder => Directory.GetFiles(folder, "*.csproj").Length > 0)
            .Select(folder => new object[] { Path.GetFileName(folder) });

    [TestMethod]
    [DynamicData(nameof(Assemblies))]
    public void Public_surface_is_part_of_the_real_one(string name)
    {
        var assembly = Assembly.Load(new AssemblyName(name));
        var problems = new List<string>();
        var compared = 0;
        foreach (var type in assembly.GetTypes().Where(Surface.IsVisible).OrderBy(Names.Of, StringComparer.Ordinal))
        {
            var full = Names.Of(type);
            if (!s_api.Public.TryGetValue(full, out var recorded))
            {
                problems.Add($"{full}: no such type in the real package");
                continue;
            }
            if (s_api.Assemblies[full] != name)
            {
                problems.Add($"{full}: the real one is in {s_api.Assemblies[full]}");
            }
            compared++;
            problems.AddRange(CompareDeclaration(type, full, recorded));
            foreach (var member in Surface.Members(type))
            {
                compared++;
                if (!IsRecorded(member, recorded) && !IsOverrideOfRecorded(type, member))
                {
                    problems.Add($"{full}: {member}{Nearest(member, recorded)}");
                }
            }
        }
        Console.WriteLine($"{name}: {compared} types and members compared with {s_api.Root}, {problems.Count} unknown");
        Assert.IsEmpty(problems, Environment.NewLine + string.Join(Environment.NewLine, problems));
    }

    private static IEnumerable<string> CompareDeclaration(Type type, string full, HashSet<string> recorded)
    {
        // Types whose declaration differs between the recorded versions have no line to compare with.
        var kinds = new[] { "class", "static class", "abstract class", "sealed class", "struct", "interface", "enum", "delegate" };
        var line = recorded.FirstOrDefault(l => kinds.Contains(l.Split(" : ")[0].Trim()) && !l.Contains('('));
        if (line is null)
        {
            yield break;
        }
        var parts = line.Split(" : ", 2);
        var kind = Surface.Kind(type);
        if (parts[0].Trim() != kind)
        {
            yield return $"{full}: is a {kind}, the real one is a {parts[0]}";
        }
        if (kind is "enum" or "delegate")
        {
            yield break;
        }
        var ancestors = parts.Length > 1 ? SplitTop(parts[1]) : [];
        var hasBase = !type.IsInterface && !type.IsValueType && type.BaseType != typeof(object) && type.BaseType is not null;
        if (hasBase && !ancestors.Contains(Names.Of(type.BaseType!)))
        {
            yield return $"{full}: base type {Names.Of(type.BaseType!)}, the real one: {line}";
        }
        var baseName = ancestors.FirstOrDefault(a => IsClassName(a));
        if (!hasBase && baseName is not null && !type.IsInterface)
        {
            yield return $"{full}: no base type, the real one has {baseName}";
        }
        foreach (var own in type.GetInterfaces().Where(i => s_api.AssemblyNames.Contains(i.Assembly.GetName().Name!)))
        {
            if (Surface.IsVisible(own.IsGenericType ? own.GetGenericTypeDefinition() : own) && !ancestors.Contains(Names.Of(own)))
            {
                yield return $"{full}: interface {Names.Of(own)}, the real one: {line}";
            }
        }
    }

    private static bool IsClassName(string name) =>
        s_api.Public.TryGetValue(name, out var members)
        && members.Any(m => m.StartsWith("class", StringComparison.Ordinal) || m.StartsWith("abstract class", StringComparison.Ordinal));

    private static bool IsRecorded(string member, HashSet<string> recorded)
    {
        if (recorded.Contains(member))
        {
            return true;
        }
        // A property may offer less than the real one: only its getter, for example.
        return member.EndsWith("{ get; }", StringComparison.Ordinal) && recorded.Contains(member.Replace("{ get; }", "{ get; set; }", StringComparison.Ordinal))
            || member.EndsWith("{ set; }", StringComparison.Ordinal) && recorded.Contains(member.Replace("{ set; }", "{ get; set; }", StringComparison.Ordinal));
    }

    // Overriding a recorded virtual member adds nothing to what a caller can name.
    private static bool IsOverrideOfRecorded(Type type, string member)
    {
        if (!member.Contains(" override ", StringComparison.Ordinal))
        {
            return false;
        }
        for (var ancestor = type.BaseType; ancestor is not null; ancestor = ancestor.BaseType)
        {
            var definition = ancestor.IsGenericType ? ancestor.GetGenericTypeDefinition() : ancestor;
            if (definition.Assembly == typeof(object).Assembly)
            {
                return member is "public override string ToString()" or "public override int GetHashCode()"
                    or "public override bool Equals(object obj)" or "protected override void Finalize()"
                    || definition != typeof(object);
            }
            if (s_api.Public.TryGetValue(Names.Of(definition), out var recorded)
                && (recorded.Contains(member) || recorded.Contains(member.Replace(" override ", " virtual ", StringComparison.Ordinal))
                    || recorded.Contains(member.Replace(" override ", " abstract ", StringComparison.Ordinal))))
            {
                return true;
            }
        }
        return false;
    }

    private static string Nearest(string member, HashSet<string> recorded)
    {
        var name = NameOf(member);
        var same = recorded.Where(r => NameOf(r) == name).Take(3).ToArray();
        return same.Length == 0 ? "" : Environment.NewLine + string.Join(Environment.NewLine, same.Select(s => "      real: " + s));
    }

    private static string NameOf(string member)
    {
        var head = member.Split('(', '[', '{', '=')[0].Trim();
        return head[(head.LastIndexOf(' ') + 1)..];
    }

    internal static List<string> SplitTop(string text)
    {
        var parts = new List<string>();
        var depth = 0;
        var start = 0;
        for (var k = 0; k < text.Length; k++)
        {
            depth += text[k] switch { '<' or '[' or '(' => 1, '>' or ']' or ')' => -1, _ => 0 };
            if (text[k] == ',' && depth == 0)
            {
                parts.Add(text[start..k].Trim());
                start = k + 1;
            }
        }
        if (text[start..].Trim() is { Length: > 0 } last)
        {
            parts.Add(last);
        }
        return parts;
    }
}
