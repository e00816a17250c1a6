using Microsoft.ML.Data;

namespace Microsoft.ML.Lora.Data;

/// <summary>The classes of a label column: as many as its key type has, whether or not a row of each was seen.</summary>
/// <param name="ClassCount">2 or more.</param>
/// <param name="Values">What the keys stand for; null for bare keys.</param>
internal sealed record LabelInfo(int ClassCount, LabelValues? Values)
{
    // A head of this many rows is larger than most base models: the key type is a hash or an id, not a class.
    private const ulong MostClasses = 1_000_000;

    /// <summary>Reads the classes from a key column.</summary>
    /// <exception cref="ArgumentException">There are too few or too many.</exception>
    public static LabelInfo FromColumn(DataViewSchema.Column column)
    {
        ulong count = ((KeyDataViewType)column.Type).Count;
        if (count < 2)
        {
            throw new ArgumentException(
                $"Label column '{column.Name}' has only one class ({column.Type}); a classifier needs at least two.", nameof(column));
        }

        if (count > MostClasses)
        {
            throw new ArgumentException(
                $"Label column '{column.Name}' has {count} classes ({column.Type}), more than the {MostClasses} that a classification head can have; "
                + "use MapValueToKey rather than Hash to make the keys.",
                nameof(column));
        }

        return new LabelInfo((int)count, LabelValues.FromColumn(column));
    }

    /// <summary>The class as a message should show it.</summary>
    public string Describe(int label) => Values is not null && label < Values.Count ? $"'{Values.ToText(label)}'" : $"key {label + 1}";

    /// <summary>
    /// How the classes of another column, such as a validation set's, map to these: by value, since the same label may have another key there.
    /// </summary>
    /// <returns>For each class of <paramref name="other"/> the class here, or <see cref="KeyReader.Missing"/>; null when they are the same.</returns>
    /// <exception cref="ArgumentException">The two cannot be compared.</exception>
    public int[]? MapFrom(LabelInfo other, string columnName)
    {
        if (Values is null && other.Values is null)
        {
            return other.ClassCount == ClassCount
                ? null
                : throw new ArgumentException(
                    $"Label column '{columnName}' has {other.ClassCount} classes in the validation set but {ClassCount} in the training set, "
                    + "and neither has key values to compare; prepare both with the same fitted transformer.",
                    columnName);
        }

        int[]? positions = Values is null || other.Values is null ? null : Values.PositionsOf(other.Values);
        if (positions is null)
        {
            throw new ArgumentException(
                $"The key values of label column '{columnName}' are {DescribeType(other)} in the validation set but {DescribeType(this)} in the "
                + "training set; prepare both with the same fitted transformer.",
                columnName);
        }

        bool same = positions.Length == ClassCount && positions.Select((position, i) => position == i).All(equal => equal);
        return same ? null : positions;
    }

    /// <summary>For each class the one of another model with the same value, or -1; without values on both sides, the one with the same key.</summary>
    public int[] PositionsIn(LabelInfo other) =>
        Values is null && other.Values is null ? [.. Enumerable.Range(0, ClassCount).Select(i => i < other.ClassCount ? i : -1)]
        : Values is null || other.Values is null ? [.. Enumerable.Repeat(-1, ClassCount)]
        : other.Values.PositionsOf(Values) ?? [.. Enumerable.Repeat(-1, ClassCount)];

    private static string DescribeType(LabelInfo labels) => labels.Values is null ? "missing" : $"of type {labels.Values.Type.ItemType}";
}
