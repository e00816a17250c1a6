using System.Globalization;
using System.Reflection;

namespace Signatures;

/// <summary>Writes types and values the way the lists of members do.</summary>
internal static class Names
{
    private static readonly Dictionary<string, string> s_keywords = new()
    {
        ["System.Void"] = "void",
        ["System.Object"] = "object",
        ["System.String"] = "string",
        ["System.Boolean"] = "bool",
        ["System.Char"] = "char",
        ["System.SByte"] = "sbyte",
        ["System.Byte"] = "byte",
        ["System.Int16"] = "short",
        ["System.UInt16"] = "ushort",
        ["System.Int32"] = "int",
        ["System.UInt32"] = "uint",
        ["System.Int64"] = "long",
        ["System.UInt64"] = "ulong",
        ["System.Single"] = "float",
        ["System.Double"] = "double",
        ["System.Decimal"] = "decimal",
    };

    public static string Keyword(string fullName) => s_keywords.GetValueOrDefault(fullName, fullName);

    public static string Of(Type type)
    {
        if (type.IsGenericParameter)
        {
            return type.Name;
        }
        if (type.IsArray)
        {
            return OfArray(type);
        }
        if (type.IsByRef || type.IsPointer)
        {
            return Of(type.GetElementType()!) + (type.IsPointer ? "*" : "");
        }
        return type.IsGenericType ? OfGeneric(type) : Keyword(Definition(type));
    }

    /// <summary>A default value as the lists show it.</summary>
    public static string OfValue(object? value, Type type)
    {
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        return value switch
        {
            null => "default",
            string text => $"\"{text}\"",
            bool flag => flag ? "true" : "false",
            _ when plain.IsEnum => Enum.GetName(plain, value) ?? Convert.ToInt64(value, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture),
            IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
            _ => value.ToString()!,
        };
    }

    // C# writes the outer dimension first: an array of (2-dimensional arrays) is T[][,].
    private static string OfArray(Type type)
    {
        var suffix = "";
        while (type.IsArray)
        {
            suffix += "[" + new string(',', type.GetArrayRank() - 1) + "]";
            type = type.GetElementType()!;
        }
        return Of(type) + suffix;
    }

    private static string OfGeneric(Type type)
    {
        var arguments = type.GetGenericArguments();
        var chain = new List<Type>();
        for (var part = type; part is not null; part = part.DeclaringType)
        {
            chain.Insert(0, part);
        }
        var text = string.IsNullOrEmpty(type.Namespace) ? "" : type.Namespace + ".";
        var used = 0;
        for (var k = 0; k < chain.Count; k++)
        {
            var definition = chain[k].IsGenericType ? chain[k].GetGenericTypeDefinition() : chain[k];
            var count = definition.GetGenericArguments().Length;
            text += (k > 0 ? "." : "") + Plain(chain[k].Name);
            if (count > used)
            {
                text += "<" + string.Join(", ", arguments.Skip(used).Take(count - used).Select(Of)) + ">";
                used = count;
            }
        }
        return text;
    }

    private static string Definition(Type type) => (type.FullName ?? type.Name).Replace('+', '.');

    private static string Plain(string name)
    {
        var tick = name.IndexOf('`', StringComparison.Ordinal);
        return tick < 0 ? name : name[..tick];
    }
}
