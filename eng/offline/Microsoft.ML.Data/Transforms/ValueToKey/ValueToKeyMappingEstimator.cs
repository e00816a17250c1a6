using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>Gives every distinct value of a column a key.</summary>
public sealed class ValueToKeyMappingEstimator : IEstimator<ValueToKeyMappingTransformer>
{
    internal static class Defaults
    {
        public const int MaximumNumberOfKeys = 1000000;
        public const KeyOrdinality Ordinality = KeyOrdinality.ByOccurrence;
        public const bool AddKeyValueAnnotationsAsText = false;
    }

    /// <summary>The order of the keys.</summary>
    public enum KeyOrdinality : byte
    {
        ByOccurrence = 0,
        ByValue = 1,
    }

    internal sealed class ColumnOptions
    {
        public readonly string OutputColumnName;
        public readonly string InputColumnName;
        public readonly KeyOrdinality KeyOrdinality;
        public readonly int MaximumNumberOfKeys;
        public readonly bool AddKeyValueAnnotationsAsText;

        public ColumnOptions(string outputColumnName, string inputColumnName = null,
            int maximumNumberOfKeys = Defaults.MaximumNumberOfKeys, KeyOrdinality keyOrdinality = Defaults.Ordinality,
            bool addKeyValueAnnotationsAsText = false)
        {
            Contracts.CheckNonWhiteSpace(outputColumnName, nameof(outputColumnName));
            OutputColumnName = outputColumnName;
            InputColumnName = inputColumnName ?? outputColumnName;
            KeyOrdinality = keyOrdinality;
            MaximumNumberOfKeys = maximumNumberOfKeys;
            AddKeyValueAnnotationsAsText = addKeyValueAnnotationsAsText;
        }
    }

    private readonly IHost _host;
    private readonly ColumnOptions[] _columns;
    private readonly IDataView _keyData;

    internal ValueToKeyMappingEstimator(IHostEnvironment env, ColumnOptions[] columns, IDataView keyData = null)
    {
        Contracts.CheckValue(env, nameof(env));
        _host = env.Register(nameof(ValueToKeyMappingEstimator));
        _host.CheckNonEmpty(columns, nameof(columns));
        if (keyData != null && keyData.Schema.Count != 1)
        {
            throw _host.ExceptParam(nameof(keyData), "If specified, this data view should contain only a single column " +
                $"containing the terms to map, but this had {keyData.Schema.Count} columns.");
        }
        _columns = columns;
        _keyData = keyData;
    }

    public ValueToKeyMappingTransformer Fit(IDataView input) => new(_host, input, _columns, _keyData);

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        _host.CheckValue(inputSchema, nameof(inputSchema));
        var result = inputSchema.ToDictionary(column => column.Name);
        foreach (var options in _columns)
        {
            if (!inputSchema.TryFindColumn(options.InputColumnName, out var source) || !source.ItemType.IsStandardScalar())
                throw _host.ExceptSchemaMismatch(nameof(inputSchema), "input", options.InputColumnName);

            // The values of a key column are its own key values, where it has them.
            if (!source.IsKey || !source.Annotations.TryFindColumn(AnnotationUtils.Kinds.KeyValues, out var keyValues)
                || keyValues.Kind != SchemaShape.Column.VectorKind.Vector)
            {
                keyValues = new SchemaShape.Column(AnnotationUtils.Kinds.KeyValues, SchemaShape.Column.VectorKind.Vector,
                    options.AddKeyValueAnnotationsAsText ? TextDataViewType.Instance : source.ItemType, source.IsKey);
            }
            SchemaShape.Column[] annotations = source.Annotations.TryFindColumn(AnnotationUtils.Kinds.SlotNames, out var slotNames)
                ? [slotNames, keyValues]
                : [keyValues];
            result[options.OutputColumnName] = new SchemaShape.Column(
                options.OutputColumnName, source.Kind, NumberDataViewType.UInt32, true, new SchemaShape(annotations));
        }
        return new SchemaShape(result.Values);
    }
}
