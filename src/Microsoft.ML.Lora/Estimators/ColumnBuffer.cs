using Microsoft.ML.Data;

namespace Microsoft.ML.Lora.Estimators;

/// <summary>Holds one column's values of the rows that a look-ahead window has read, so that the input needs one cursor only.</summary>
internal abstract class ColumnBuffer
{
    /// <summary>Makes the buffer for a column that is active in <paramref name="cursor"/>.</summary>
    public static ColumnBuffer Create(DataViewRowCursor cursor, DataViewSchema.Column column)
    {
        Type raw = column.Type.RawType;
        Type buffer = raw == typeof(ReadOnlyMemory<char>)
            ? typeof(TextColumnBuffer)
            : raw.IsGenericType && raw.GetGenericTypeDefinition() == typeof(VBuffer<>)
                ? typeof(VectorColumnBuffer<>).MakeGenericType(raw.GetGenericArguments())
                : typeof(ValueColumnBuffer<>).MakeGenericType(raw);
        return (ColumnBuffer)Activator.CreateInstance(buffer, cursor, column)!;
    }

    /// <summary>Copies the cursor's current value to the end of the window.</summary>
    /// <returns>About how many bytes the copy takes.</returns>
    public abstract long Append();

    /// <summary>Empties the window; the memory is kept for the next one.</summary>
    public abstract void Clear();

    /// <summary>A <see cref="ValueGetter{TValue}"/> of the value at the row of the window that <paramref name="currentRow"/> names.</summary>
    public abstract Delegate CreateGetter(Func<int> currentRow);
}
