using System.Reflection;
using System.Reflection.Emit;

namespace TorchSharpTests;

/// <summary>Calls methods by reflection. Spans, which reflection cannot pass, are given as arrays.</summary>
internal static class Calls
{
    public static object? Invoke(MethodInfo method, object?[] arguments)
    {
        if (!method.GetParameters().Any(parameter => parameter.ParameterType.IsByRefLike))
        {
            return method.Invoke(method.IsStatic ? null : arguments[0], method.IsStatic ? arguments : arguments[1..]);
        }
        var caller = new DynamicMethod("call", typeof(object), [typeof(object[])], typeof(Calls).Module);
        var il = caller.GetILGenerator();
        var place = 0;
        if (!method.IsStatic)
        {
            Load(il, place++, method.DeclaringType!);
        }
        foreach (var parameter in method.GetParameters())
        {
            Load(il, place++, parameter.ParameterType);
        }
        il.Emit(OpCodes.Call, method);
        if (method.ReturnType == typeof(void))
        {
            il.Emit(OpCodes.Ldnull);
        }
        il.Emit(OpCodes.Ret);
        return caller.CreateDelegate<Func<object?[], object?>>()(arguments);
    }

    private static void Load(ILGenerator il, int place, Type type)
    {
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldc_I4, place);
        il.Emit(OpCodes.Ldelem_Ref);
        if (type.IsByRefLike)
        {
            var array = type.GetGenericArguments()[0].MakeArrayType();
            il.Emit(OpCodes.Castclass, array);
            il.Emit(OpCodes.Call, type.GetMethod("op_Implicit", [array])!);
        }
        else
        {
            il.Emit(OpCodes.Unbox_Any, type);
        }
    }
}
