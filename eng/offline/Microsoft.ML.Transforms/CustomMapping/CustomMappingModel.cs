using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

[assembly: LoadableClass(typeof(ITransformer), typeof(CustomMappingModel), null, typeof(SignatureLoadModel), "", CustomMappingModel.LoaderSignature)]

namespace Microsoft.ML.Transforms;

/// <summary>Models keep only the contract name of a custom mapping and the assembly that knows it.</summary>
internal static class CustomMappingModel
{
    public const string LoaderSignature = "CustomTransformer";

    // *** Binary format ***
    // int: id of the contract name
    // int: id of the assembly name
    public static void Save(IExceptionContext ectx, ModelSaveContext ctx, string contractName, string assemblyName)
    {
        ectx.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel();
        ctx.SetVersionInfo(GetVersionInfo());
        ctx.SaveString(contractName);
        ctx.SaveString(assemblyName);
    }

    internal static ITransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        Contracts.CheckValue(env, nameof(env));
        env.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel(GetVersionInfo());
        string contractName = ctx.LoadString();
        env.ComponentCatalog.RegisterAssembly(Assembly.Load(ctx.LoadString()));
        object factory = env.ComponentCatalog.GetExtensionValue(env, typeof(CustomMappingFactoryAttributeAttribute), contractName);
        return factory is ICustomMappingFactory mapping
            ? mapping.CreateTransformer(env, contractName)
            : throw env.Except($"The class with contract '{contractName}' must derive from '{typeof(CustomMappingFactory<,>).FullName}' "
                + "or from 'Microsoft.ML.Transforms.StatefulCustomMappingFactory`3'.");
    }

    private static VersionInfo GetVersionInfo() => new(
        modelSignature: "CUSTOMXF",
        verWrittenCur: 0x00010002, // with the name of the assembly
        verReadableCur: 0x00010002,
        verWeCanReadBack: 0x00010002,
        loaderSignature: LoaderSignature,
        loaderAssemblyName: typeof(CustomMappingModel).Assembly.FullName);
}
