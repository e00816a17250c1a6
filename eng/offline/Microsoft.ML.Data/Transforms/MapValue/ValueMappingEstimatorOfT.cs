using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <inheritdoc cref="ValueMappingEstimator"/>
public sealed class ValueMappingEstimator<TKey, TValue> : ValueMappingEstimator
{
    internal ValueMappingEstimator(IHostEnvironment env, IDataView lookupMap, DataViewSchema.Column keyColumn, DataViewSchema.Column valueColumn,
        params (string outputColumnName, string inputColumnName)[] columns)
        : base(env, lookupMap, keyColumn, valueColumn, columns)
    {
    }
}
