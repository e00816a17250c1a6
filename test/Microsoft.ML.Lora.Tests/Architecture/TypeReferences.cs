using System.Reflection;
using System.Reflection.Emit;

namespace Microsoft.ML.Lora.Tests.Architecture;

/// <summary>Finds every type that a type of the product uses: in its declaration, its members' signatures and the code of its methods.</summary>
internal static class TypeReferences
{
    private const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> _opCodes = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => code.Value);

    public static IReadOnlySet<Type> Of(Type type)
    {
        var found = new HashSet<Type>();
        Add(found, type.BaseType);
        foreach (Type contract in type.GetInterfaces())
            Add(found, contract);
        foreach (FieldInfo field in type.GetFields(All))
            Add(found, field.FieldType);
        foreach (PropertyInfo property in type.GetProperties(All))
            Add(found, property.PropertyType);
        foreach (MethodBase method in type.GetMethods(All).Cast<MethodBase>().Concat(type.GetConstructors(All)))
            AddMethod(found, type, method);
        return found;
    }

    private static void AddMethod(HashSet<Type> found, Type type, MethodBase method)
    {
        Add(found, (method as MethodInfo)?.ReturnType);
        foreach (ParameterInfo parameter in method.GetParameters())
            Add(found, parameter.ParameterType);
        MethodBody? body = method.GetMethodBody();
        if (body is null)
            return;
        foreach (LocalVariableInfo local in body.LocalVariables)
            Add(found, local.LocalType);
        foreach (ExceptionHandlingClause clause in body.ExceptionHandlingClauses.Where(c => c.Flags == ExceptionHandlingClauseOptions.Clause))
            Add(found, clause.CatchType);
        foreach (int token in Tokens(body.GetILAsByteArray()!))
        {
            MemberInfo? member = type.Module.ResolveMember(
                token, type.IsGenericType ? type.GetGenericArguments() : null, method.IsGenericMethod ? method.GetGenericArguments() : null);
            Add(found, member as Type ?? member?.DeclaringType);
            if (member is MethodBase called)
            {
                Add(found, (called as MethodInfo)?.ReturnType);
                if (called.IsGenericMethod)
                {
                    foreach (Type argument in called.GetGenericArguments())
                        Add(found, argument);
                }
            }
            else if (member is FieldInfo field)
            {
                Add(found, field.FieldType);
            }
        }
    }

    // The metadata tokens of types, methods and fields in a method's code.
    private static IEnumerable<int> Tokens(byte[] il)
    {
        int at = 0;
        while (at < il.Length)
        {
            short value = il[at++];
            if (value == 0xfe)
                value = (short)(0xfe00 | il[at++]);
            OpCode code = _opCodes[value];
            switch (code.OperandType)
            {
                case OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType:
                    yield return BitConverter.ToInt32(il, at);
                    at += 4;
                    break;
                case OperandType.InlineSwitch:
                    at += 4 + 4 * BitConverter.ToInt32(il, at);
                    break;
                default:
                    at += code.OperandType switch
                    {
                        OperandType.InlineNone => 0,
                        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                        OperandType.InlineVar => 2,
                        OperandType.InlineI8 or OperandType.InlineR => 8,
                        _ => 4,
                    };
                    break;
            }
        }
    }

    private static void Add(HashSet<Type> found, Type? type)
    {
        if (type is null || type.IsGenericParameter)
            return;
        if (type.HasElementType)
        {
            Add(found, type.GetElementType());
            return;
        }

        if (type.IsGenericType)
        {
            foreach (Type argument in type.GetGenericArguments())
                Add(found, argument);
            type = type.GetGenericTypeDefinition();
        }

        found.Add(type);
    }
}
