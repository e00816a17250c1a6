using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

public abstract partial class TrainCatalogBase
{
    /// <summary>One fold of a cross validation.</summary>
    public sealed class CrossValidationResult<T>
        where T : class
    {
        public readonly T Metrics;
        public readonly ITransformer Model;
        public readonly IDataView ScoredHoldOutSet;
        public readonly int Fold;

        internal CrossValidationResult(ITransformer model, T metrics, IDataView scores, int fold)
        {
            Model = model;
            Metrics = metrics;
            ScoredHoldOutSet = scores;
            Fold = fold;
        }
    }

    /// <summary>Fits on all folds but one, in turn; then measures what each model makes of the fold it has not seen.</summary>
    private protected IReadOnlyList<CrossValidationResult<T>> CrossValidate<T>(IDataView data, IEstimator<ITransformer> estimator,
        int numFolds, string samplingKeyColumn, int? seed, Func<IDataView, T> evaluate)
        where T : class
    {
        Environment.CheckValue(data, nameof(data));
        Environment.CheckValue(estimator, nameof(estimator));
        Environment.CheckParam(numFolds > 1, nameof(numFolds), "Must be more than 1");
        string split = DataOperationsCatalog.CreateSplitColumn(Environment, ref data, samplingKeyColumn, seed, fallbackInEnvSeed: true);
        var folds = new List<(ITransformer Model, IDataView Scores)>();
        foreach (var fold in DataOperationsCatalog.CrossValidationSplit(Environment, data, split, numFolds))
        {
            var model = estimator.Fit(fold.TrainSet);
            folds.Add((model, model.Transform(fold.TestSet)));
        }
        return folds.Select((fold, i) => new CrossValidationResult<T>(fold.Model, evaluate(fold.Scores), fold.Scores, i)).ToArray();
    }
}
