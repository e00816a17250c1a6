using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>Puts columns of one item type behind each other into a vector.</summary>
public sealed class ColumnConcatenatingEstimator : IEstimator<ColumnConcatenatingTransformer>
{
    private readonly IHost _host;
    private readonly string _name;
    private readonly string[] _sources;

    internal ColumnConcatenatingEstimator(IHostEnvironment env, string outputColumnName, params string[] inputColumnNames)
    {
        Contracts.CheckValue(env, nameof(env));
        _host = env.Register(nameof(ColumnConcatenatingEstimator));
        _host.CheckNonEmpty(outputColumnName, nameof(outputColumnName));
        _host.CheckValue(inputColumnNames, nameof(inputColumnNames));
        _host.CheckParam(inputColumnNames.Length > 0, nameof(inputColumnNames), "Input columns not specified");
        _host.CheckParam(!inputColumnNames.Any(string.IsNullOrEmpty), nameof(inputColumnNames), "Contained some null or empty items");
        _name = outputColumnName;
        _sources = inputColumnNames;
    }

    public ColumnConcatenatingTransformer Fit(IDataView input)
    {
        _host.CheckValue(input, nameof(input));
        return new ColumnConcatenatingTransformer(_host, _name, _sources);
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        _host.CheckValue(inputSchema, nameof(inputSchema));
        var result = inputSchema.ToDictionary(column => column.Name);
        result[_name] = MakeColumn(inputSchema);
        return new SchemaShape(result.Values);
    }

    private SchemaShape.Column MakeColumn(SchemaShape inputSchema)
    {
        var sources = new List<SchemaShape.Column>();
        foreach (string name in _sources)
        {
            if (!inputSchema.TryFindColumn(name, out var source))
                throw _host.ExceptSchemaMismatch(nameof(inputSchema), "input", name);
            sources.Add(source);
            if (source.IsKey)
                throw _host.Except($"Column '{source.Name}' is key. Concatenation of keys is unsupported.");
            if (!source.ItemType.Equals(sources[0].ItemType))
            {
                throw _host.Except($"Concatenated columns should have the same type. Column '{source.Name}' has type of {source.ItemType}, " +
                    $"but expected column type is {sources[0].ItemType}.");
            }
        }

        var annotations = new List<SchemaShape.Column>();
        if (sources.All(source => source.IsNormalized()))
            annotations.Add(Annotation(AnnotationUtils.Kinds.IsNormalized, SchemaShape.Column.VectorKind.Scalar, BooleanDataViewType.Instance));
        if (sources.Any(HasCategoricalRanges))
            annotations.Add(Annotation(AnnotationUtils.Kinds.CategoricalSlotRanges, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Int32));
        if (sources.Any(source => source.Kind == SchemaShape.Column.VectorKind.Scalar || source.HasSlotNames()))
            annotations.Add(Annotation(AnnotationUtils.Kinds.SlotNames, SchemaShape.Column.VectorKind.Vector, TextDataViewType.Instance));
        var kind = sources.Any(source => source.Kind == SchemaShape.Column.VectorKind.VariableVector)
            ? SchemaShape.Column.VectorKind.VariableVector
            : SchemaShape.Column.VectorKind.Vector;
        return new SchemaShape.Column(_name, kind, sources[0].ItemType, false, new SchemaShape(annotations));
    }

    private static bool HasCategoricalRanges(SchemaShape.Column column)
        => column.Annotations.TryFindColumn(AnnotationUtils.Kinds.CategoricalSlotRanges, out var ranges)
            && ranges.Kind == SchemaShape.Column.VectorKind.Vector && ranges.ItemType == NumberDataViewType.Int32;

    private static SchemaShape.Column Annotation(string name, SchemaShape.Column.VectorKind kind, DataViewType type) => new(name, kind, type, false);
}
