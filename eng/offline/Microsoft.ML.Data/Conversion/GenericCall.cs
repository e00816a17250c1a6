using System.Reflection;

namespace Microsoft.ML.Data.Conversion;

/// <summary>Calls a generic method whose type arguments are known only at run time. Exceptions arrive unwrapped.</summary>
internal static class GenericCall
{
    private const BindingFlags Any =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static TResult Invoke<TResult>(object target, string method, Type[] types, params object[] arguments)
        => (TResult)Find(target.GetType(), method).MakeGenericMethod(types)
            .Invoke(target, BindingFlags.DoNotWrapExceptions, null, arguments, null);

    public static TResult InvokeStatic<TResult>(Type owner, string method, Type[] types, params object[] arguments)
        => (TResult)Find(owner, method).MakeGenericMethod(types)
            .Invoke(null, BindingFlags.DoNotWrapExceptions, null, arguments, null);

    private static MethodInfo Find(Type type, string method)
    {
        for (var current = type; current != null; current = current.BaseType)
        {
            foreach (var candidate in current.GetMember(method, MemberTypes.Method, Any))
            {
                if (((MethodInfo)candidate).IsGenericMethodDefinition)
                    return (MethodInfo)candidate;
            }
        }
        throw new MissingMethodException(type.FullName, method);
    }
}
