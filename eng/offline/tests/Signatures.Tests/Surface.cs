using System.Reflection;

namespace Signatures;

/// <summary>The public and protected members of a type, one line each, in the form of the lists.</summary>
internal static class Surface
{
    private const BindingFlags Declared =
        BindingFlags.DeclaredOnly | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static;

    public static bool IsVisible(Type type) =>
        (type.IsPublic || type.IsNestedPublic || type.IsNestedFamily || type.IsNestedFamORAssem)
        && (type.DeclaringType is null || IsVisible(type.DeclaringType));

    public static string Kind(Type type)
    {
        if (type.IsInterface)
        {
            return "interface";
        }
        if (type.IsEnum)
        {
            return "enum";
        }
        if (type.IsValueType)
        {
            return "struct";
        }
        if (IsDelegate(type))
        {
            return "delegate";
        }
        return type switch
        {
            { IsAbstract: true, IsSealed: true } => "static class",
            { IsAbstract: true } => "abstract class",
            { IsSealed: true } => "sealed class",
            _ => "class",
        };
    }

    public static IEnumerable<string> Members(Type type)
    {
        if (IsDelegate(type))
        {
            var invoke = type.GetMethod("Invoke")!;
            yield return $"delegate {Names.Of(invoke.ReturnType)} ({Parameters(invoke)})";
            yield break;
        }
        if (type.IsEnum)
        {
            foreach (var name in Enum.GetNames(type))
            {
                yield return $"{name} = {Convert.ToInt64(Enum.Parse(type, name), System.Globalization.CultureInfo.InvariantCulture)}";
            }
            yield break;
        }
        foreach (var field in type.GetFields(Declared).Where(f => IsVisible(f.Attributes)))
        {
            yield return Field(field);
        }
        foreach (var constructor in type.GetConstructors(Declared).Where(c => !c.IsStatic && IsVisible(c)))
        {
            yield return $"{Access(constructor)} .ctor({Parameters(constructor)})";
        }
        foreach (var property in type.GetProperties(Declared))
        {
            var accessors = property.GetAccessors(true).Where(IsVisible).ToArray();
            if (accessors.Length > 0)
            {
                yield return Property(property, accessors);
            }
        }
        foreach (var occurrence in type.GetEvents(Declared).Where(e => IsVisible(e.AddMethod!)))
        {
            yield return $"{Access(occurrence.AddMethod!)} {Modifiers(occurrence.AddMethod!)}event {Names.Of(occurrence.EventHandlerType!)} {occurrence.Name}";
        }
        foreach (var method in type.GetMethods(Declared).Where(m => IsVisible(m) && (!m.IsSpecialName || m.Name.StartsWith("op_", StringComparison.Ordinal))))
        {
            yield return Method(method);
        }
    }

    private static bool IsDelegate(Type type) => type.BaseType?.FullName == "System.MulticastDelegate";

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static bool IsVisible(FieldAttributes attributes) =>
        (attributes & FieldAttributes.FieldAccessMask) is FieldAttributes.Public or FieldAttributes.Family or FieldAttributes.FamORAssem;

    private static string Access(MethodBase method) => method.IsPublic ? "public" : "protected";

    private static string Modifiers(MethodInfo method)
    {
        if (method.IsStatic)
        {
            return "static ";
        }
        if (method.IsAbstract)
        {
            return "abstract ";
        }
        if (!method.IsVirtual)
        {
            return "";
        }
        // The lists show final methods, sealed overrides among them, without a modifier.
        if (method.IsFinal)
        {
            return "";
        }
        return (method.Attributes & MethodAttributes.NewSlot) != 0 ? "virtual " : "override ";
    }

    private static string Field(FieldInfo field)
    {
        var access = field.IsPublic ? "public" : "protected";
        var kind = field switch
        {
            { IsLiteral: true } => "const ",
            { IsStatic: true, IsInitOnly: true } => "static readonly ",
            { IsStatic: true } => "static ",
            { IsInitOnly: true } => "readonly ",
            _ => "",
        };
        var value = "";
        if (field.IsLiteral)
        {
            var raw = field.GetRawConstantValue();
            value = " = " + (raw as string ?? Names.OfValue(raw, raw?.GetType() ?? typeof(object)));
        }
        return $"{access} {kind}{Names.Of(field.FieldType)} {field.Name}{value}";
    }

    private static string Property(PropertyInfo property, MethodInfo[] accessors)
    {
        var widest = accessors.FirstOrDefault(a => a.IsPublic) ?? accessors[0];
        var shown = accessors.Where(a => a.IsPublic == widest.IsPublic).ToArray();
        var get = shown.Contains(property.GetMethod) ? "get; " : "";
        var set = shown.Contains(property.SetMethod) ? "set; " : "";
        var index = property.GetIndexParameters() is { Length: > 0 } parameters ? $"[{Parameters(parameters)}]" : "";
        return $"{Access(widest)} {Modifiers(widest)}{Names.Of(property.PropertyType)} {property.Name}{index} {{ {get}{set}}}";
    }

    private static string Method(MethodInfo method)
    {
        var arguments = method.IsGenericMethodDefinition ? method.GetGenericArguments() : [];
        var generic = arguments.Length > 0 ? "<" + string.Join(", ", arguments.Select(a => a.Name)) + ">" : "";
        var constraints = string.Concat(arguments.Select(Constraint));
        var modifiers = Modifiers(method);
        return $"{Access(method)} {modifiers}{Names.Of(method.ReturnType)} {method.Name}{generic}({Parameters(method)}){constraints}";
    }

    private static string Constraint(Type argument)
    {
        var parts = new List<string>();
        var special = argument.GenericParameterAttributes;
        if ((special & GenericParameterAttributes.ReferenceTypeConstraint) != 0)
        {
            parts.Add("class");
        }
        parts.AddRange(argument.GetGenericParameterConstraints().Select(Names.Of));
        if ((special & GenericParameterAttributes.DefaultConstructorConstraint) != 0)
        {
            parts.Add("new()");
        }
        return parts.Count == 0 ? "" : $" where {argument.Name}: {string.Join(", ", parts)}";
    }

    private static string Parameters(MethodBase method)
    {
        var extension = method.IsDefined(typeof(System.Runtime.CompilerServices.ExtensionAttribute), false) ? "this " : "";
        return extension + Parameters(method.GetParameters());
    }

    private static string Parameters(ParameterInfo[] parameters) => string.Join(", ", parameters.Select(Parameter));

    private static string Parameter(ParameterInfo parameter)
    {
        var type = parameter.ParameterType;
        var way = type.IsByRef ? parameter.IsOut ? "out " : parameter.IsIn ? "in " : "ref " : "";
        var many = parameter.IsDefined(typeof(ParamArrayAttribute), false) ? "params " : "";
        var preset = parameter.HasDefaultValue ? " = " + Names.OfValue(parameter.RawDefaultValue, type) : "";
        return $"{way}{many}{Names.Of(type)} {parameter.Name}{preset}";
    }
}
