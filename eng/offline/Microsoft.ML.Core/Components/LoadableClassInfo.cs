using System.Reflection;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>A registered class, and how an instance is made.</summary>
internal sealed class LoadableClassInfo
{
    private const BindingFlags Any = BindingFlags.Public | BindingFlags.NonPublic;
    private readonly MethodBase _maker;
    private readonly bool _takesEnvironment;

    public LoadableClassInfo(LoadableClassAttributeBase attribute, bool throwOnError)
    {
        Type = attribute.InstanceType;
        ArgType = attribute.ArgType;
        SignatureTypes = attribute.SigTypes;
        LoadNames = attribute.LoadNames;
        ParameterCount = attribute.CtorTypes.Length - (ArgType == null ? 0 : 1);
        if (Type == typeof(void))
            return;
        Type[] withEnvironment = [typeof(IHostEnvironment), .. attribute.CtorTypes];
        var constructor = FindConstructor(attribute, attribute.CtorTypes) ?? FindConstructor(attribute, withEnvironment);
        var create = FindCreate(attribute, attribute.CtorTypes) ?? FindCreate(attribute, withEnvironment);
        if (constructor != null && create != null && Openness(constructor) == Openness(create))
        {
            throw Contracts.Except($"Can't load type {Type}, because it has both create and constructor methods with the same "
                + "visibility. Please indicate which one should be used by changing either the signature or the visibility of one of them.");
        }
        bool useConstructor = constructor != null && (create == null || Openness(constructor) > Openness(create));
        _maker = useConstructor ? constructor : create;
        if (_maker == null && throwOnError)
            throw Contracts.Except($"Can't instantiate loadable class '{Type.Name}' with name '{LoadNames[0]}'");
        _takesEnvironment = _maker?.GetParameters().Length > attribute.CtorTypes.Length;
    }

    public Type Type { get; }

    public Type ArgType { get; }

    public Type[] SignatureTypes { get; }

    public string[] LoadNames { get; }

    /// <summary>Number of parameters besides the environment and the arguments object.</summary>
    public int ParameterCount { get; }

    public object CreateInstance(IHostEnvironment env, object[] arguments)
    {
        if (_maker == null)
            throw Contracts.Except("Can't instantiate class '{0}'", Type.Name);
        object[] all = _takesEnvironment ? [env, .. arguments] : arguments;
        try
        {
            return _maker is ConstructorInfo constructor ? constructor.Invoke(all) : _maker.Invoke(null, all);
        }
        catch (TargetInvocationException ex) when (ex.InnerException?.IsMarked() == true)
        {
            throw Contracts.Except(ex, "Error during class instantiation");
        }
    }

    private static ConstructorInfo FindConstructor(LoadableClassAttributeBase attribute, Type[] types)
        => attribute.InstanceType.IsAssignableFrom(attribute.LoaderType)
            ? attribute.LoaderType.GetConstructor(BindingFlags.Instance | Any, null, types, null)
            : null;

    private static MethodInfo FindCreate(LoadableClassAttributeBase attribute, Type[] types)
    {
        var method = attribute.LoaderType.GetMethod("Create", BindingFlags.Static | Any | BindingFlags.FlattenHierarchy, null, types, null);
        return method?.DeclaringType == attribute.LoaderType && method.ReturnType == attribute.InstanceType ? method : null;
    }

    private static int Openness(MethodBase method) => (method.Attributes & MethodAttributes.MemberAccessMask) switch
    {
        MethodAttributes.FamANDAssem => 0,
        MethodAttributes.Private => 1,
        MethodAttributes.Family => 2,
        MethodAttributes.FamORAssem => 3,
        MethodAttributes.Assembly => 4,
        _ => 5,
    };
}
