using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

namespace Microsoft.ML;

/// <content>Splits into rows to train and to test on.</content>
public sealed partial class DataOperationsCatalog
{
    private const uint DefaultSplitSeed = 42;
    private const uint DefaultHashSeed = 314489979;

    public TrainTestData TrainTestSplit(IDataView data, double testFraction = 0.1, string samplingKeyColumnName = null, int? seed = null)
    {
        _env.CheckValue(data, nameof(data));
        _env.CheckParam(testFraction > 0 && testFraction < 1, nameof(testFraction), "Must be between 0 and 1 exclusive");
        string split = CreateSplitColumn(_env, ref data, samplingKeyColumnName, seed, fallbackInEnvSeed: true);
        var train = new RangeFilter(_env, data, split, 0, testFraction, complement: true);
        var test = new RangeFilter(_env, data, split, 0, testFraction);
        return new TrainTestData(Without(_env, train, split), Without(_env, test, split));
    }

    public IReadOnlyList<TrainTestData> CrossValidationSplit(
        IDataView data, int numberOfFolds = 5, string samplingKeyColumnName = null, int? seed = null)
    {
        _env.CheckValue(data, nameof(data));
        _env.CheckParam(numberOfFolds > 1, nameof(numberOfFolds), "Must be more than 1");
        string split = CreateSplitColumn(_env, ref data, samplingKeyColumnName, seed, fallbackInEnvSeed: true);
        return CrossValidationSplit(_env, data, split, numberOfFolds).ToList();
    }

    /// <summary>One split per fold, by a column of numbers or keys.</summary>
    internal static IEnumerable<TrainTestData> CrossValidationSplit(
        IHostEnvironment env, IDataView data, string splitColumn, int numberOfFolds)
    {
        for (int fold = 0; fold < numberOfFolds; fold++)
        {
            double min = (double)fold / numberOfFolds;
            double max = (double)(fold + 1) / numberOfFolds;
            var train = new RangeFilter(env, data, splitColumn, min, max, complement: true, includeMax: true);
            var test = new RangeFilter(env, data, splitColumn, min, max, includeMax: true);
            yield return new TrainTestData(Without(env, train, splitColumn), Without(env, test, splitColumn));
        }
    }

    /// <summary>Adds the column that rows are split by: random numbers, or one that depends on the sampling key alone.</summary>
    internal static string CreateSplitColumn(
        IHostEnvironment env, ref IDataView data, string samplingKeyColumn, int? seed = null, bool fallbackInEnvSeed = false)
    {
        string name = UnusedName(data.Schema, "SplitColumn");
        if (seed == null && fallbackInEnvSeed)
            seed = ((IHostEnvironmentInternal)env).Seed;
        if (samplingKeyColumn == null)
        {
            data = new RandomNumberView(env, data, name, (uint?)seed ?? DefaultSplitSeed);
            return name;
        }
        var column = data.Schema.GetColumnOrNull(samplingKeyColumn)
            ?? throw env.ExceptSchemaMismatch(nameof(samplingKeyColumn), "SamplingKeyColumn", samplingKeyColumn);
        var mapper = new SamplingKeyMapper(data, column, name, (uint?)seed ?? DefaultHashSeed);
        data = new RowToRowMapperTransform(env.Register("SamplingKey"), data, mapper);
        return name;
    }

    private static IDataView Without(IHostEnvironment env, IDataView data, string column)
        => new ColumnSelectingTransformer(env, null, [column]).Transform(data);

    private static string UnusedName(DataViewSchema schema, string name)
    {
        string candidate = name;
        for (int i = 0; schema.GetColumnOrNull(candidate) != null; i++)
            candidate = $"{name}_{i}";
        return candidate;
    }
}
