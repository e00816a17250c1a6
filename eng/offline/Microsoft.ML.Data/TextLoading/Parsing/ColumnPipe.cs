using Microsoft.ML.Data.Conversion;

namespace Microsoft.ML.Data;

/// <summary>Takes the fields of one column for some rows and hands out the values of the current row.</summary>
internal abstract class ColumnPipe(RowBuffer rows)
{
    protected RowBuffer Rows { get; } = rows;

    /// <summary>A bad value becomes NaN or the missing key instead of an exception.</summary>
    public bool HasMissingValue { get; private init; }

    public bool IsReal { get; private init; }

    public static ColumnPipe Create(RowBuffer rows, TextColumn column, Conversions conversions)
    {
        var itemType = column.Type.GetItemType();
        return GenericCall.InvokeStatic<ColumnPipe>(
            typeof(ColumnPipe), nameof(CreateCore), [itemType.RawType], rows, column, itemType, conversions);
    }

    public abstract void Reset(int row, int size);

    public abstract bool Consume(int row, int index, ReadOnlyMemory<char> text);

    public abstract Delegate MakeGetter();

    private static ColumnPipe CreateCore<T>(RowBuffer rows, TextColumn column, DataViewType itemType, Conversions conversions)
    {
        var parse = conversions.GetTryParseConversion<T>(itemType);
        bool missing = conversions.HasMissingValue(itemType);
        bool real = typeof(T) == typeof(float) || typeof(T) == typeof(double);
        return column.Type is VectorDataViewType
            ? new VectorPipe<T>(rows, parse) { HasMissingValue = missing, IsReal = real }
            : new ScalarPipe<T>(rows, parse) { HasMissingValue = missing, IsReal = real };
    }
}
