using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>Maps values to other values by a table of pairs.</summary>
public class ValueMappingEstimator : TrivialEstimator<ValueMappingTransformer>
{
    internal ValueMappingEstimator(IHostEnvironment env, IDataView lookupMap, DataViewSchema.Column keyColumn, DataViewSchema.Column valueColumn,
        params (string outputColumnName, string inputColumnName)[] columns)
        : base(Contracts.CheckRef(env, nameof(env)).Register(nameof(ValueMappingEstimator)),
            new ValueMappingTransformer(env, lookupMap, keyColumn, valueColumn, columns))
    {
    }

    public sealed override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Host.CheckValue(inputSchema, nameof(inputSchema));
        var result = inputSchema.ToDictionary(column => column.Name);
        var valueType = Transformer.ValueColumn.Type;
        var kind = valueType is not VectorDataViewType vector ? SchemaShape.Column.VectorKind.Scalar
            : vector.Size == 0 ? SchemaShape.Column.VectorKind.VariableVector
            : SchemaShape.Column.VectorKind.Vector;
        bool isKey = valueType is KeyDataViewType;
        var itemType = isKey ? NumberDataViewType.UInt32 : valueType.GetItemType();
        var annotations = SchemaShape.Create(Transformer.ValueColumn.Annotations.Schema);
        foreach (var (output, input) in Transformer.ColumnPairs)
        {
            if (!inputSchema.TryFindColumn(input, out var source))
                throw Host.ExceptSchemaMismatch(nameof(inputSchema), "input", input);
            if (source.Kind != SchemaShape.Column.VectorKind.Scalar)
            {
                if (valueType is VectorDataViewType)
                    throw Host.ExceptNotSupp($"Column '{input}' cannot be mapped to values when the column and the map values are both vector type.");
                kind = source.Kind;
            }
            result[output] = new SchemaShape.Column(output, kind, itemType, isKey, annotations);
        }
        return new SchemaShape(result.Values);
    }
}
