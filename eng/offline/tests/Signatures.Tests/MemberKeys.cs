using System.Text.RegularExpressions;

namespace Signatures;

/// <summary>
/// Turns a line of the lists into the keys under which compiled code refers to the member: type parameters by position
/// (!0 of the type, !!0 of the method), no parameter names, accessors one by one.
/// </summary>
internal static partial class MemberKeys
{
    public static IEnumerable<string> Of(string type, string member)
    {
        var typeParameters = TypeParameters(type);
        if (member.StartsWith("delegate", StringComparison.Ordinal))
        {
            return Delegate(member, typeParameters);
        }
        var text = Visibility().Replace(member, "");
        if (text == member)
        {
            return [];
        }
        text = Modifier().Replace(text, "");
        var body = text.IndexOf(" { ", StringComparison.Ordinal);
        if (body >= 0)
        {
            return Property(text[..body], text[body..], typeParameters);
        }
        if (text.StartsWith("event ", StringComparison.Ordinal))
        {
            var (kind, name) = SplitLast(text["event ".Length..]);
            var handler = Substitute(kind, typeParameters, []);
            return [$"add_{name}({handler})", $"remove_{name}({handler})"];
        }
        return text.Contains('(') ? Method(text, typeParameters) : Field(text, typeParameters);
    }

    private static IEnumerable<string> Delegate(string member, List<string> typeParameters)
    {
        if (!member.EndsWith(')'))
        {
            return [".ctor(object, System.IntPtr)"];
        }
        var open = member.IndexOf(" (", StringComparison.Ordinal) + 1;
        return [$"Invoke({Types(member[(open + 1)..^1], typeParameters, [])})"];
    }

    private static IEnumerable<string> Property(string head, string accessors, List<string> typeParameters)
    {
        var index = "";
        var bracket = IndexerBracket(head);
        if (bracket >= 0)
        {
            index = Types(head[(bracket + 1)..^1], typeParameters, []);
            head = head[..bracket];
        }
        var (kind, name) = SplitLast(head);
        var type = Substitute(kind, typeParameters, []);
        if (accessors.Contains("get;", StringComparison.Ordinal))
        {
            yield return $"get_{name}({index})";
        }
        if (accessors.Contains("set;", StringComparison.Ordinal))
        {
            yield return $"set_{name}({(index.Length > 0 ? index + ", " : "")}{type})";
        }
    }

    private static IEnumerable<string> Method(string text, List<string> typeParameters)
    {
        var where = text.IndexOf(") where ", StringComparison.Ordinal);
        if (where >= 0)
        {
            text = text[..(where + 1)];
        }
        var open = Open(text);
        var head = text[..open];
        var name = head.StartsWith(".ctor", StringComparison.Ordinal) ? ".ctor" : SplitLast(head).Name;
        var methodParameters = TypeParameters(name);
        var plain = name.Split('<')[0];
        yield return $"{plain}({Types(text[(open + 1)..^1], typeParameters, methodParameters)})";
    }

    private static IEnumerable<string> Field(string text, List<string> typeParameters)
    {
        var value = text.IndexOf(" = ", StringComparison.Ordinal);
        var (kind, name) = SplitLast(value >= 0 ? text[..value] : text);
        return kind.Length == 0 ? [] : [$"{name}: {Substitute(kind, typeParameters, [])}"];
    }

    // The bracket of an indexer's parameters, not that of an array type.
    private static int IndexerBracket(string head)
    {
        if (!head.EndsWith(']'))
        {
            return -1;
        }
        var depth = 0;
        for (var k = head.Length - 1; k >= 0; k--)
        {
            depth += head[k] switch { ']' => 1, '[' => -1, _ => 0 };
            if (depth == 0)
            {
                return head[..k].Contains(' ') ? k : -1;
            }
        }
        return -1;
    }

    private static int Open(string text)
    {
        var depth = 0;
        for (var k = 0; k < text.Length; k++)
        {
            depth += text[k] switch { '<' => 1, '>' => -1, _ => 0 };
            if (text[k] == '(' && depth == 0)
            {
                return k;
            }
        }
        throw new FormatException(text);
    }

    private static (string Kind, string Name) SplitLast(string head)
    {
        var depth = 0;
        for (var k = head.Length - 1; k >= 0; k--)
        {
            depth += head[k] switch { '>' or ']' => 1, '<' or '[' => -1, _ => 0 };
            if (head[k] == ' ' && depth == 0)
            {
                return (head[..k].Trim(), head[(k + 1)..]);
            }
        }
        return ("", head);
    }

    private static string Types(string parameters, List<string> typeParameters, List<string> methodParameters)
    {
        var types = new List<string>();
        foreach (var parameter in SubsetSurfaceTests.SplitTop(parameters))
        {
            var text = parameter;
            var preset = text.IndexOf(" =", StringComparison.Ordinal); // no blank after it where the value is one, as with a tab
            text = preset >= 0 ? text[..preset] : text;
            var byRef = false;
            for (var match = Way().Match(text); match.Success; match = Way().Match(text))
            {
                byRef |= match.Value is "out " or "ref " or "in ";
                text = text[match.Length..];
            }
            types.Add(Substitute(SplitLast(text).Kind, typeParameters, methodParameters) + (byRef ? "&" : ""));
        }
        return string.Join(", ", types);
    }

    public static List<string> TypeParameters(string name)
    {
        var all = new List<string>();
        foreach (Match match in Generic().Matches(name))
        {
            all.AddRange(SubsetSurfaceTests.SplitTop(match.Groups[1].Value));
        }
        return all;
    }

    private static string Substitute(string type, List<string> typeParameters, List<string> methodParameters) =>
        Identifier().Replace(type, match =>
        {
            var ofMethod = methodParameters.IndexOf(match.Value);
            if (ofMethod >= 0)
            {
                return "!!" + ofMethod;
            }
            var ofType = typeParameters.IndexOf(match.Value);
            return ofType >= 0 ? "!" + ofType : match.Value;
        });

    [GeneratedRegex("^(public|protected|internal|private|private protected|protected internal) ")]
    private static partial Regex Visibility();

    [GeneratedRegex("^((static|abstract|virtual|override|sealed|readonly|const) )*")]
    private static partial Regex Modifier();

    [GeneratedRegex("^(this|params|out|ref|in) ")]
    private static partial Regex Way();

    [GeneratedRegex("<([^<>]*)>")]
    private static partial Regex Generic();

    [GeneratedRegex(@"(?<![\w.])[A-Za-z_]\w*(?![\w.])")]
    private static partial Regex Identifier();
}
