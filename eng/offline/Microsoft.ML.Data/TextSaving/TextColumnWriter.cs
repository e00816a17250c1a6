using System.Text;
using Microsoft.ML.Data.Conversion;

namespace Microsoft.ML.Data.IO;

/// <summary>Prints the values of one column.</summary>
internal abstract class TextColumnWriter
{
    /// <summary>The text of the default value, which sparse output leaves out.</summary>
    public abstract string Default { get; }

    public static TextColumnWriter Create(DataViewRow row, DataViewSchema.Column column, char separator)
        => GenericCall.InvokeStatic<TextColumnWriter>(
            typeof(TextColumnWriter), nameof(CreateCore), [column.Type.GetItemType().RawType], row, column, separator);

    /// <summary>Hands every value of the current row to <paramref name="append"/>; returns the length.</summary>
    public abstract int WriteValues(Action<StringBuilder, int> append);

    /// <summary>The column name of a scalar, the slot names of a vector.</summary>
    public abstract int WriteNames(Action<StringBuilder, int> append);

    private static TextColumnWriter CreateCore<T>(DataViewRow row, DataViewSchema.Column column, char separator)
    {
        var print = MakePrinter<T>(column.Type.GetItemType(), separator);
        return column.Type is VectorDataViewType
            ? new VectorTextWriter<T>(row.GetGetter<VBuffer<T>>(column), column, print, separator)
            : new ScalarTextWriter<T>(row.GetGetter<T>(column), column, print, separator);
    }

    private static ValueMapper<T, StringBuilder> MakePrinter<T>(DataViewType type, char separator)
    {
        if (typeof(T) == typeof(ReadOnlyMemory<char>))
        {
            ValueMapper<ReadOnlyMemory<char>, StringBuilder> quote = (in ReadOnlyMemory<char> value, ref StringBuilder destination) =>
                TextQuoting.Write(value.Span, destination ??= new StringBuilder(), separator);
            return (ValueMapper<T, StringBuilder>)(Delegate)quote;
        }
        var print = Conversions.DefaultInstance.GetStringConversion<T>(type);
        if (typeof(T) != typeof(TimeSpan) && typeof(T) != typeof(DateTime) && typeof(T) != typeof(DateTimeOffset))
            return print;
        // Times hold colons.
        return (in T value, ref StringBuilder destination) =>
        {
            print(in value, ref destination);
            destination.Insert(0, '"').Append('"');
        };
    }
}
