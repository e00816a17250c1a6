using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

namespace Microsoft.ML;

/// <summary>The transforms between values, keys and types.</summary>
public static class ConversionsExtensionsCatalog
{
    public static TypeConvertingEstimator ConvertType(this TransformsCatalog.ConversionTransforms catalog,
        string outputColumnName, string inputColumnName = null, DataKind outputKind = DataKind.Single)
        => new(CatalogUtils.GetEnvironment(catalog), new TypeConvertingEstimator.ColumnOptions(outputColumnName, outputKind, inputColumnName));

    public static TypeConvertingEstimator ConvertType(this TransformsCatalog.ConversionTransforms catalog,
        InputOutputColumnPair[] columns, DataKind outputKind = DataKind.Single)
    {
        var env = CatalogUtils.GetEnvironment(catalog);
        env.CheckValue(columns, nameof(columns));
        return new TypeConvertingEstimator(env, Array.ConvertAll(columns,
            column => new TypeConvertingEstimator.ColumnOptions(column.OutputColumnName, outputKind, column.InputColumnName)));
    }

    public static KeyToValueMappingEstimator MapKeyToValue(this TransformsCatalog.ConversionTransforms catalog,
        string outputColumnName, string inputColumnName = null)
        => new(CatalogUtils.GetEnvironment(catalog), (outputColumnName, inputColumnName ?? outputColumnName));

    public static KeyToValueMappingEstimator MapKeyToValue(this TransformsCatalog.ConversionTransforms catalog, InputOutputColumnPair[] columns)
    {
        var env = CatalogUtils.GetEnvironment(catalog);
        env.CheckValue(columns, nameof(columns));
        return new KeyToValueMappingEstimator(env, InputOutputColumnPair.ToTuples(columns));
    }

    public static ValueToKeyMappingEstimator MapValueToKey(this TransformsCatalog.ConversionTransforms catalog,
        string outputColumnName,
        string inputColumnName = null,
        int maximumNumberOfKeys = ValueToKeyMappingEstimator.Defaults.MaximumNumberOfKeys,
        ValueToKeyMappingEstimator.KeyOrdinality keyOrdinality = ValueToKeyMappingEstimator.Defaults.Ordinality,
        bool addKeyValueAnnotationsAsText = ValueToKeyMappingEstimator.Defaults.AddKeyValueAnnotationsAsText,
        IDataView keyData = null)
        => new(CatalogUtils.GetEnvironment(catalog),
            [new(outputColumnName, inputColumnName, maximumNumberOfKeys, keyOrdinality, addKeyValueAnnotationsAsText)], keyData);

    public static ValueToKeyMappingEstimator MapValueToKey(this TransformsCatalog.ConversionTransforms catalog,
        InputOutputColumnPair[] columns,
        int maximumNumberOfKeys = ValueToKeyMappingEstimator.Defaults.MaximumNumberOfKeys,
        ValueToKeyMappingEstimator.KeyOrdinality keyOrdinality = ValueToKeyMappingEstimator.Defaults.Ordinality,
        bool addKeyValueAnnotationsAsText = ValueToKeyMappingEstimator.Defaults.AddKeyValueAnnotationsAsText,
        IDataView keyData = null)
    {
        var env = CatalogUtils.GetEnvironment(catalog);
        env.CheckValue(columns, nameof(columns));
        var options = Array.ConvertAll(columns, column => new ValueToKeyMappingEstimator.ColumnOptions(
            column.OutputColumnName, column.InputColumnName, maximumNumberOfKeys, keyOrdinality, addKeyValueAnnotationsAsText));
        return new ValueToKeyMappingEstimator(env, options, keyData);
    }

    public static ValueMappingEstimator<TInputType, TOutputType> MapValue<TInputType, TOutputType>(
        this TransformsCatalog.ConversionTransforms catalog,
        string outputColumnName,
        IEnumerable<KeyValuePair<TInputType, TOutputType>> keyValuePairs,
        string inputColumnName = null,
        bool treatValuesAsKeyType = false)
    {
        var env = CatalogUtils.GetEnvironment(catalog);
        var map = LookupMap.Create(env, keyValuePairs, treatValuesAsKeyType);
        return new ValueMappingEstimator<TInputType, TOutputType>(
            env, map, map.Schema[LookupMap.KeyName], map.Schema[LookupMap.ValueName], (outputColumnName, inputColumnName ?? outputColumnName));
    }

    public static ValueMappingEstimator<TInputType, TOutputType> MapValue<TInputType, TOutputType>(
        this TransformsCatalog.ConversionTransforms catalog,
        string outputColumnName,
        IEnumerable<KeyValuePair<TInputType, TOutputType[]>> keyValuePairs,
        string inputColumnName = null)
    {
        var env = CatalogUtils.GetEnvironment(catalog);
        var map = LookupMap.Create(env, keyValuePairs);
        return new ValueMappingEstimator<TInputType, TOutputType>(
            env, map, map.Schema[LookupMap.KeyName], map.Schema[LookupMap.ValueName], (outputColumnName, inputColumnName ?? outputColumnName));
    }

    public static ValueMappingEstimator MapValue(this TransformsCatalog.ConversionTransforms catalog,
        string outputColumnName, IDataView lookupMap, DataViewSchema.Column keyColumn, DataViewSchema.Column valueColumn, string inputColumnName = null)
        => new(CatalogUtils.GetEnvironment(catalog), lookupMap, keyColumn, valueColumn, (outputColumnName, inputColumnName ?? outputColumnName));
}
