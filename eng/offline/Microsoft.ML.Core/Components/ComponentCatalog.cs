using System.Reflection;

namespace Microsoft.ML.Runtime;

/// <summary>The classes that models of one environment may load, by name and signature.</summary>
public sealed class ComponentCatalog
{
    private readonly object _lock = new();
    private readonly HashSet<string> _assemblies = new();
    private readonly Dictionary<(string Name, Type Signature), LoadableClassInfo> _classes = new();
    private readonly Dictionary<(Type Attribute, string Contract), Type> _extensions = new();

    internal ComponentCatalog()
    {
    }

    public void RegisterAssembly(Assembly assembly, bool throwOnError = true)
    {
        lock (_lock)
        {
            if (!_assemblies.Add(assembly.FullName))
                return;
            foreach (LoadableClassAttributeBase attribute in assembly.GetCustomAttributes(typeof(LoadableClassAttributeBase)))
                Add(new LoadableClassInfo(attribute, throwOnError), throwOnError);
            if (!IsPartOfProduct(assembly))
                AddExtensions(assembly, throwOnError);
        }
    }

    internal static bool TryCreateInstance<TRes, TSig>(
        IHostEnvironment env, out TRes result, string name, string options, params object[] extra)
        where TRes : class
    {
        Contracts.CheckValue(env, nameof(env));
        result = null;
        var info = env.ComponentCatalog.Find(name, typeof(TSig));
        if (info == null)
            return false;
        if (!typeof(TRes).IsAssignableFrom(info.Type))
            throw env.Except("Loadable class '{0}' does not derive from '{1}'", name, typeof(TRes).FullName);
        if (info.ParameterCount != extra.Length)
        {
            throw env.Except("Wrong number of extra parameters for loadable class '{0}', need '{1}', given '{2}'",
                name, info.ParameterCount, extra.Length);
        }
        if (info.ArgType == null && !string.IsNullOrEmpty(options))
            throw env.Except("Loadable class '{0}' doesn't support settings", name);
        object[] arguments = info.ArgType == null ? extra : [Activator.CreateInstance(info.ArgType), .. extra];
        result = (TRes)info.CreateInstance(env, arguments);
        return true;
    }

    internal object GetExtensionValue(IHostEnvironment env, Type attributeType, string contractName)
    {
        if (_extensions.TryGetValue((attributeType, contractName), out var type))
            return Activator.CreateInstance(type);
        throw env.Except($"Unable to locate an extension for the contract '{contractName}'. Ensure you have called "
            + "ComponentCatalog.RegisterAssembly with the Assembly that contains a class decorated with a "
            + $"'{attributeType.FullName}'.");
    }

    private static bool IsPartOfProduct(Assembly assembly)
        => assembly.FullName.StartsWith("Microsoft.ML.", StringComparison.Ordinal)
            && assembly.GetName().GetPublicKey().SequenceEqual(typeof(ComponentCatalog).Assembly.GetName().GetPublicKey());

    private LoadableClassInfo Find(string name, Type signature)
        => _classes.GetValueOrDefault(((name ?? "").ToLowerInvariant().Trim(), signature));

    private void Add(LoadableClassInfo info, bool throwOnError)
    {
        foreach (var signature in info.SignatureTypes)
        {
            foreach (string name in info.LoadNames)
            {
                var key = (name.ToLowerInvariant(), signature);
                if (!_classes.TryAdd(key, info) && throwOnError)
                {
                    throw Contracts.Except($"ComponentCatalog cannot map name '{name}' and SignatureType '{signature}' to "
                        + $"{info.Type.Name}, already mapped to {_classes[key].Type.Name}.");
                }
            }
        }
    }

    private void AddExtensions(Assembly assembly, bool throwOnError)
    {
        foreach (var type in assembly.GetTypes().Where(type => type.IsClass))
        {
            foreach (ExtensionBaseAttribute attribute in type.GetCustomAttributes(typeof(ExtensionBaseAttribute)))
            {
                if (!_extensions.TryAdd((attribute.GetType(), attribute.ContractName), type) && throwOnError)
                {
                    throw Contracts.Except($"An extension for '{attribute.GetType().Name}' with contract "
                        + $"'{attribute.ContractName}' has already been registered in the ComponentCatalog.");
                }
            }
        }
    }
}
