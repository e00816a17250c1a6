using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Compares scores, and probabilities where there are any, with labels of two classes.</summary>
internal static class BinaryEvaluator
{
    public static BinaryClassificationMetrics Evaluate(
        IHostEnvironment env, IDataView data, string labelName, string scoreName, string probabilityName, string predictedLabelName)
    {
        var host = env.Register("BinaryClassifierEvaluator");
        host.CheckNonEmpty(scoreName, "score");
        var label = EvaluationColumns.Find(data.Schema, labelName, "Label");
        var score = EvaluationColumns.Find(data.Schema, scoreName, "Score");
        DataViewSchema.Column? probability = probabilityName == null ? null : EvaluationColumns.Find(data.Schema, probabilityName, "Probability");
        EvaluationColumns.Find(data.Schema, predictedLabelName, "PredictedLabel");
        CheckTypes(host, data.Schema, label, score, probability);

        var counters = new BinaryCounters();
        var curve = new RankingCurve(host.Register("Aggregator").Rand);
        DataViewSchema.Column[] columns = probability is { } column ? [label, score, column] : [label, score];
        EvaluationColumns.ForEachRow(data, columns, row => MakeCounter(row, label, score, probability, counters, curve));
        var confusion = new ConfusionMatrix(counters.Confusion, GetClassNames(label), isBinary: true);
        var metrics = probability == null
            ? new BinaryClassificationMetrics(counters, curve, confusion)
            : new CalibratedBinaryClassificationMetrics(counters, curve, confusion);
        EvaluationColumns.LogResultView(host);
        EvaluationColumns.LogResultView(host);
        return metrics;
    }

    private static void CheckTypes(IHost host, DataViewSchema schema, DataViewSchema.Column label, DataViewSchema.Column score, DataViewSchema.Column? probability)
    {
        if (score.Type != NumberDataViewType.Single)
            throw host.ExceptSchemaMismatch(nameof(schema), "score", score.Name, "Single", score.Type.ToString());
        if (label.Type != NumberDataViewType.Single && label.Type != NumberDataViewType.Double
            && label.Type != BooleanDataViewType.Instance && label.Type.GetKeyCount() != 2)
        {
            throw host.ExceptSchemaMismatch(nameof(schema), "label", label.Name,
                "Single, Double, Boolean, or a Key with cardinality 2", label.Type.ToString());
        }
        if (probability is { } column && column.Type != NumberDataViewType.Single)
            throw host.ExceptSchemaMismatch(nameof(schema), "probability", column.Name, "Single", column.Type.ToString());
    }

    private static Action MakeCounter(DataViewRow row, DataViewSchema.Column labelColumn, DataViewSchema.Column scoreColumn,
        DataViewSchema.Column? probabilityColumn, BinaryCounters counters, RankingCurve curve)
    {
        var getLabel = EvaluationColumns.GetLabelGetter(row, labelColumn);
        var getScore = row.GetGetter<float>(scoreColumn);
        var getProbability = probabilityColumn is { } column ? row.GetGetter<float>(column) : (ref float value) => value = float.NaN;
        float label = 0;
        float score = 0;
        float probability = 0;
        return () =>
        {
            getLabel(ref label);
            getScore(ref score);
            if (!float.IsFinite(score) || float.IsNaN(label))
                return;
            getProbability(ref probability);
            counters.Add(score, probability, label);
            curve.Add(score, label > 0);
        };
    }

    private static ReadOnlyMemory<char>[] GetClassNames(DataViewSchema.Column label)
    {
        if (label.Type is not KeyDataViewType
            || label.Annotations.Schema.GetColumnOrNull(AnnotationUtils.Kinds.KeyValues)?.Type is not VectorDataViewType { IsKnownSize: true } values
            || values.ItemType != TextDataViewType.Instance)
        {
            return ["positive".AsMemory(), "negative".AsMemory()];
        }
        VBuffer<ReadOnlyMemory<char>> names = default;
        label.GetKeyValues(ref names);
        return [.. names.DenseValues()];
    }
}
