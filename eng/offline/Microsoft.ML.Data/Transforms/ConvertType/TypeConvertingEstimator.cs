using Microsoft.ML.Data;
using Microsoft.ML.Data.Conversion;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>Converts columns to another scalar type.</summary>
public sealed class TypeConvertingEstimator : TrivialEstimator<TypeConvertingTransformer>
{
    internal sealed class ColumnOptions(string name, DataKind outputKind, string inputColumnName, KeyCount outputKeyCount = null)
    {
        public readonly string Name = name;
        public readonly string InputColumnName = inputColumnName ?? name;
        public readonly DataKind OutputKind = outputKind;
        public readonly KeyCount OutputKeyCount = outputKeyCount;
    }

    internal TypeConvertingEstimator(IHostEnvironment env, params ColumnOptions[] columns)
        : base(Contracts.CheckRef(env, nameof(env)).Register(nameof(TypeConvertingEstimator)), new TypeConvertingTransformer(env, columns))
    {
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Host.CheckValue(inputSchema, nameof(inputSchema));
        var result = inputSchema.ToDictionary(column => column.Name);
        foreach (var options in Transformer.Columns)
        {
            if (!inputSchema.TryFindColumn(options.InputColumnName, out var source))
                throw Host.ExceptSchemaMismatch(nameof(inputSchema), "input", options.InputColumnName);
            if (!TypeConvertingTransformer.TryGetItemType(source.ItemType, options, out var itemType))
                throw Host.ExceptParam(nameof(inputSchema), $"Can't convert {options.InputColumnName} into {itemType}");
            if (!Conversions.DefaultInstance.TryGetStandardConversion(source.ItemType, itemType, out _, out _))
                throw Host.ExceptParam(nameof(inputSchema), $"Don't know how to convert {options.InputColumnName} into {itemType}");
            // All annotations are promised, though the transformer keeps only some of them: that is how it is.
            result[options.Name] = new SchemaShape.Column(options.Name, source.Kind, itemType, false, source.Annotations);
        }
        return new SchemaShape(result.Values);
    }
}
