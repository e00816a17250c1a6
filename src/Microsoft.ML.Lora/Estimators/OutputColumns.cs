using Microsoft.ML.Data;
using Microsoft.ML.Lora.Data;

namespace Microsoft.ML.Lora.Estimators;

/// <summary>The two columns that a classifier adds, annotated as those of ML.NET's own multiclass trainers.</summary>
internal static class OutputColumns
{
    // ML.NET's type of the number that ties the columns of one scorer together.
    private static readonly KeyDataViewType _setIdType = new(typeof(uint), uint.MaxValue);

    /// <summary>Checks the text columns and adds the predicted label and the scores.</summary>
    public static DataViewSchema Add(DataViewSchema input, ColumnNames names, LabelInfo labels)
    {
        _ = TextInput.ColumnsOf(input, names).Count();
        uint setId = LargestSetId(input) + 1;

        var builder = new DataViewSchema.Builder();
        builder.AddColumns(input);

        DataViewSchema.Annotations.Builder predicted = ScoringAnnotations(setId, AnnotationKinds.PredictedLabel);
        if (labels.Values is { } keyValues)
            predicted.Add(AnnotationKinds.KeyValues, keyValues.Type, keyValues.Getter);
        builder.AddColumn(names.PredictedLabel, new KeyDataViewType(typeof(uint), labels.ClassCount), predicted.ToAnnotations());

        DataViewSchema.Annotations.Builder score = ScoringAnnotations(setId, AnnotationKinds.Score);
        if (labels.Values is { } values)
        {
            if (values.IsText)
                score.Add(AnnotationKinds.SlotNames, values.Type, values.Getter);
            score.Add(AnnotationKinds.TrainingLabelValues, values.Type, values.Getter);
        }

        builder.AddColumn(names.Score, new VectorDataViewType(NumberDataViewType.Single, labels.ClassCount), score.ToAnnotations());
        return builder.ToSchema();
    }

    /// <summary>Adds a label as text, and scores of any number, for rows whose classes differ.</summary>
    public static DataViewSchema AddTexts(DataViewSchema input, string label, string score)
    {
        uint setId = LargestSetId(input) + 1;
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(input);
        builder.AddColumn(label, TextDataViewType.Instance, ScoringAnnotations(setId, AnnotationKinds.PredictedLabel).ToAnnotations());
        builder.AddColumn(score, new VectorDataViewType(NumberDataViewType.Single), ScoringAnnotations(setId, AnnotationKinds.Score).ToAnnotations());
        return builder.ToSchema();
    }

    private static DataViewSchema.Annotations.Builder ScoringAnnotations(uint setId, string valueKind)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        builder.Add(AnnotationKinds.ScoreColumnSetId, _setIdType, (ref uint value) => value = setId);
        builder.Add(AnnotationKinds.ScoreColumnKind, TextDataViewType.Instance,
            (ref ReadOnlyMemory<char> value) => value = AnnotationKinds.MulticlassClassification.AsMemory());
        builder.Add(AnnotationKinds.ScoreValueKind, TextDataViewType.Instance, (ref ReadOnlyMemory<char> value) => value = valueKind.AsMemory());
        return builder;
    }

    private static uint LargestSetId(DataViewSchema schema)
    {
        uint largest = 0;
        foreach (DataViewSchema.Column column in schema)
        {
            if (column.Annotations.Schema.GetColumnOrNull(AnnotationKinds.ScoreColumnSetId) is not { } id || id.Type.RawType != typeof(uint))
                continue;
            uint value = 0;
            column.Annotations.GetValue(AnnotationKinds.ScoreColumnSetId, ref value);
            largest = Math.Max(largest, value);
        }

        return largest;
    }
}
