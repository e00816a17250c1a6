using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>Adds columns that the user's own code computes of an object per row.</summary>
public sealed class CustomMappingEstimator<TSrc, TDst> : TrivialEstimator<CustomMappingTransformer<TSrc, TDst>>
    where TSrc : class, new()
    where TDst : class, new()
{
    internal CustomMappingEstimator(IHostEnvironment env, Action<TSrc, TDst> mapAction, string contractName,
        SchemaDefinition inputSchemaDefinition = null, SchemaDefinition outputSchemaDefinition = null)
        : base(Contracts.CheckRef(env, nameof(env)).Register(nameof(CustomMappingEstimator<TSrc, TDst>)),
            new CustomMappingTransformer<TSrc, TDst>(env, mapAction, contractName, inputSchemaDefinition, outputSchemaDefinition))
    {
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        var result = inputSchema.ToDictionary(column => column.Name);
        foreach (var member in InternalSchemaDefinition.Create(typeof(TSrc), Transformer.InputSchemaDefinition).Columns)
        {
            if (!result.TryGetValue(member.ColumnName, out var column))
                throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), "input", member.ColumnName);
            if (!Fits(member.ColumnType, column))
            {
                throw Contracts.ExceptSchemaMismatch(
                    nameof(inputSchema), "input", member.ColumnName, member.ColumnType.ToString(), column.GetTypeString());
            }
        }
        foreach (var column in SchemaShape.Create(Transformer.AddedSchema))
            result[column.Name] = column;
        return new SchemaShape(result.Values);
    }

    private static bool Fits(DataViewType wanted, SchemaShape.Column column)
    {
        SchemaShape.GetColumnTypeShape(wanted, out var kind, out var itemType, out bool isKey);
        if (itemType != column.ItemType || isKey != column.IsKey)
            return false;
        // A member of variable length takes vectors of fixed length too.
        return kind == SchemaShape.Column.VectorKind.VariableVector
            ? column.Kind != SchemaShape.Column.VectorKind.Scalar
            : column.Kind == kind;
    }
}
