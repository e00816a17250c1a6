using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Makes views of sequences of objects.</summary>
internal static class EnumerableViews
{
    public static StreamingDataView<TRow> Create<TRow>(IHostEnvironment env, IEnumerable<TRow> data, SchemaDefinition definition)
        where TRow : class
        => new(env, data, definition == null
            ? InternalSchemaDefinition.Create(typeof(TRow), SchemaDefinition.Direction.Read)
            : InternalSchemaDefinition.Create(typeof(TRow), definition));

    /// <summary>The members of <typeparamref name="TRow"/> with the types and annotations of a schema.</summary>
    public static SchemaDefinition DefinitionFor<TRow>(IHostEnvironment env, DataViewSchema schema)
    {
        var definition = SchemaDefinition.Create(typeof(TRow), SchemaDefinition.Direction.Read);
        foreach (var column in schema)
        {
            var member = definition[column.Name] ?? throw env.Except($"Type should contain a member named {column.Name}");
            member.ColumnType = column.Type;
            member.SetAnnotations(column.Annotations);
        }
        return definition;
    }
}
