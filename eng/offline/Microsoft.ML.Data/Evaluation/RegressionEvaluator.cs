using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Compares scores with numbers.</summary>
internal static class RegressionEvaluator
{
    public static RegressionMetrics Evaluate(IHostEnvironment env, IDataView data, string labelName, string scoreName)
    {
        var host = env.Register("RegressionEvaluator");
        var schema = data.Schema;
        var label = EvaluationColumns.Find(schema, labelName, "Label");
        var score = EvaluationColumns.Find(schema, scoreName, "Score");
        if (score.Type != NumberDataViewType.Single)
            throw host.ExceptSchemaMismatch(nameof(schema), "score", score.Name, "Single", score.Type.ToString());
        if (label.Type != NumberDataViewType.Single)
            throw host.ExceptSchemaMismatch(nameof(schema), "label", label.Name, "Single", label.Type.ToString());

        var counters = new RegressionCounters();
        EvaluationColumns.ForEachRow(data, [label, score], row =>
        {
            var getLabel = row.GetGetter<float>(label);
            var getScore = row.GetGetter<float>(score);
            float labelValue = 0;
            float scoreValue = 0;
            return () =>
            {
                getLabel(ref labelValue);
                getScore(ref scoreValue);
                if (!float.IsNaN(labelValue) && !float.IsNaN(scoreValue))
                    counters.Add(labelValue, scoreValue);
            };
        });
        EvaluationColumns.LogResultView(host);
        return new RegressionMetrics(counters);
    }
}
