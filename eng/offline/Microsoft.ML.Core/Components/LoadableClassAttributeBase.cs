using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>
/// What can be loaded, from which class, and with which arguments. A signature is a delegate type: its parameters are
/// those of the constructor or of the static method Create that makes the instance.
/// </summary>
internal abstract class LoadableClassAttributeBase : Attribute
{
    protected LoadableClassAttributeBase(
        string summary, Type instType, Type loaderType, Type argType, Type[] sigTypes, string userName, params string[] loadNames)
    {
        Contracts.CheckValue(instType, nameof(instType));
        Contracts.CheckValue(loaderType, nameof(loaderType));
        Contracts.CheckNonEmpty(sigTypes, nameof(sigTypes));
        if (loadNames == null || loadNames.Length == 0)
            loadNames = [userName];
        if (loadNames.Any(string.IsNullOrWhiteSpace))
            throw Contracts.ExceptEmpty(nameof(loadNames), "LoadableClass loadName parameter can't be empty");
        var parameters = ParametersOf(sigTypes[0]);
        Contracts.CheckParam(sigTypes.All(type => ParametersOf(type).SequenceEqual(parameters)), nameof(sigTypes),
            "LoadableClass signatures must have the same set of parameters");
        InstanceType = instType;
        LoaderType = loaderType;
        ArgType = argType;
        SigTypes = sigTypes;
        CtorTypes = argType == null ? parameters : [argType, .. parameters];
        Summary = summary;
        UserName = userName;
        LoadNames = loadNames;
    }

    public Type InstanceType { get; }

    public Type LoaderType { get; }

    public Type ArgType { get; }

    public Type[] SigTypes { get; }

    public Type[] CtorTypes { get; }

    public string Summary { get; }

    public string UserName { get; }

    public string[] LoadNames { get; }

    public string DocName { get; set; }

    private static Type[] ParametersOf(Type signature)
    {
        Contracts.CheckValue(signature, "sigTypes");
        Contracts.CheckParam(signature.BaseType == typeof(MulticastDelegate), "sigTypes",
            "LoadableClass signature type must be a delegate type");
        return signature.GetMethod("Invoke").GetParameters().Select(parameter => parameter.ParameterType).ToArray();
    }
}
