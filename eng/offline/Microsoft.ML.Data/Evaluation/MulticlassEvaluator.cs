using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Compares class scores with labels.</summary>
internal static class MulticlassEvaluator
{
    public static MulticlassClassificationMetrics Evaluate(
        IHostEnvironment env, IDataView data, string labelName, string scoreName, string predictedLabelName, int topK)
    {
        var host = env.Register("MultiClassClassifierEvaluator");
        var label = EvaluationColumns.Find(data.Schema, labelName, "Label");
        var score = EvaluationColumns.Find(data.Schema, scoreName, "Score");
        EvaluationColumns.Find(data.Schema, predictedLabelName, "PredictedLabel");
        CheckTypes(host, data.Schema, label, score);

        int classes = score.Type.GetVectorSize();
        var counters = new ClassCounters(classes);
        EvaluationColumns.ForEachRow(data, [label, score], row => MakeCounter(host, row, label, score, counters));
        var metrics = new MulticlassClassificationMetrics(
            counters, topK, new ConfusionMatrix(counters.Confusion, GetClassNames(score, classes), isBinary: false));
        EvaluationColumns.LogResultView(host);
        EvaluationColumns.LogResultView(host);
        return metrics;
    }

    private static void CheckTypes(IHost host, DataViewSchema schema, DataViewSchema.Column label, DataViewSchema.Column score)
    {
        if (score.Type is not VectorDataViewType { Size: >= 2 } vector || vector.ItemType != NumberDataViewType.Single)
        {
            throw host.ExceptSchemaMismatch(nameof(schema), "score", score.Name,
                "vector of two or more items of type Single", score.Type.ToString());
        }
        if (label.Type != NumberDataViewType.Single && label.Type is not KeyDataViewType)
            throw host.ExceptSchemaMismatch(nameof(schema), "label", label.Name, "Single or Key", label.Type.ToString());
    }

    private static Action MakeCounter(
        IHost host, DataViewRow row, DataViewSchema.Column labelColumn, DataViewSchema.Column scoreColumn, ClassCounters counters)
    {
        var getLabel = EvaluationColumns.GetLabelGetter(row, labelColumn);
        var getScore = row.GetGetter<VBuffer<float>>(scoreColumn);
        var scores = new float[scoreColumn.Type.GetVectorSize()];
        float label = 0;
        VBuffer<float> score = default;
        return () =>
        {
            getLabel(ref label);
            // Rows without a usable label do not count.
            if (float.IsNaN(label) || label < 0 || label != (int)label)
                return;
            getScore(ref score);
            host.Check(score.Length == scores.Length);
            score.CopyTo(scores);
            if (scores.All(float.IsFinite))
                counters.Add((int)label, scores);
        };
    }

    private static ReadOnlyMemory<char>[] GetClassNames(DataViewSchema.Column score, int classes)
    {
        if (!score.HasSlotNames(classes))
            return [.. Enumerable.Range(0, classes).Select(i => i.ToString().AsMemory())];
        VBuffer<ReadOnlyMemory<char>> names = default;
        score.GetSlotNames(ref names);
        return [.. names.DenseValues()];
    }
}
