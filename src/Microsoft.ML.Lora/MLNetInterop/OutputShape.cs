using Microsoft.ML.Data;

namespace Microsoft.ML.Lora.MLNetInterop;

/// <summary>What a trainer promises about its output columns before it is fitted, in the form of ML.NET's own multiclass trainers.</summary>
internal static class OutputShape
{
    /// <summary>Adds the predicted label and the scores to the columns of <paramref name="input"/>, replacing columns of the same name.</summary>
    public static SchemaShape AddMulticlassOutput(SchemaShape input, SchemaShape.Column label, string predictedLabelColumnName, string scoreColumnName)
    {
        Dictionary<string, SchemaShape.Column> columns = input.ToDictionary(column => column.Name);

        var keyValues = label.Annotations.Where(column => column.Name == AnnotationUtils.Kinds.KeyValues);
        columns[predictedLabelColumnName] = new SchemaShape.Column(
            predictedLabelColumnName,
            SchemaShape.Column.VectorKind.Scalar,
            NumberDataViewType.UInt32,
            isKey: true,
            new SchemaShape(keyValues.Concat(AnnotationUtils.GetTrainerOutputAnnotation())));

        columns[scoreColumnName] = new SchemaShape.Column(
            scoreColumnName,
            SchemaShape.Column.VectorKind.Vector,
            NumberDataViewType.Single,
            isKey: false,
            new SchemaShape(AnnotationUtils.AnnotationsForMulticlassScoreColumn(label)));

        return new SchemaShape(columns.Values);
    }

    /// <summary>The type of a column as ML.NET's messages write it.</summary>
    public static string Describe(SchemaShape.Column column) => column.GetTypeString();
}
