using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.Lora.Text;
using Microsoft.ML.Lora.Training;

namespace Microsoft.ML.Lora.Data;

/// <summary>Reads a view once, front to back, only the columns it needs, and keeps tokens, class and weight of every labelled row.</summary>
internal sealed class ExampleReader(ColumnNames names, RowEncoder encoder, TokenCache cache, Action<string> warn, CancellationToken cancellation)
{
    // How often a long pass over the data looks whether it has been cancelled.
    private const int RowsPerCheck = 64;

    /// <summary>Reads the rows to train on.</summary>
    /// <exception cref="ArgumentException">There is nothing to learn from them, or a weight is not a weight.</exception>
    public TrainingSet ReadTraining(IDataView view, LabelInfo labels)
    {
        TrainingSet examples = Read(view, labels.ClassCount, map: null, labels, "training set", out long rows);
        if (rows == 0)
            throw new ArgumentException("The training set is empty: it has no rows.", nameof(view));
        if (examples.Count == 0)
        {
            throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture, $"All {rows} labels of column '{names.Label}' are missing; there is nothing to learn."),
                nameof(view));
        }

        int first = examples.Label(0);
        if (Enumerable.Range(1, examples.Count - 1).All(i => examples.Label(i) == first))
        {
            throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture,
                    $"All {examples.Count} labelled rows have the same label, {labels.Describe(first)}; a classifier needs at least two classes."),
                nameof(view));
        }

        if (names.Weight is not null && Enumerable.Range(0, examples.Count).All(i => examples.Weight(i) == 0))
            throw new ArgumentException($"All weights of column '{names.Weight}' are 0; no row would count.", nameof(view));
        return examples;
    }

    /// <summary>Reads the rows to validate on; their labels are brought to the training set's classes by value.</summary>
    /// <exception cref="ArgumentException">No row has a label, or one has a label that the training set does not know.</exception>
    public TrainingSet ReadValidation(IDataView view, LabelInfo labels)
    {
        LabelInfo own = LabelInfo.FromColumn(InputColumns.Label(view.Schema, names.Label));
        TrainingSet examples = Read(view, labels.ClassCount, labels.MapFrom(own, names.Label), own, "validation set", out long rows);
        if (examples.Count == 0)
        {
            throw new ArgumentException(
                rows == 0 ? "The validation set is empty: it has no rows." : $"All {rows} labels of the validation set are missing.", nameof(view));
        }

        return examples;
    }

    private TrainingSet Read(IDataView view, int classes, int[]? map, LabelInfo labels, string what, out long rows)
    {
        DataViewSchema.Column label = InputColumns.Label(view.Schema, names.Label);
        DataViewSchema.Column sentence1 = InputColumns.Text(view.Schema, "sentence1", names.Sentence1);
        DataViewSchema.Column? sentence2 = names.Sentence2 is null ? null : InputColumns.Text(view.Schema, "sentence2", names.Sentence2);
        DataViewSchema.Column? weight = names.Weight is null ? null : InputColumns.Weight(view.Schema, names.Weight);
        DataViewSchema.Column?[] used = [label, sentence1, sentence2, weight];

        using DataViewRowCursor cursor = view.GetRowCursor([.. used.OfType<DataViewSchema.Column>().DistinctBy(column => column.Index)]);
        Func<int> getLabel = KeyReader.Create(cursor, label);
        ValueGetter<ReadOnlyMemory<char>> getText1 = cursor.GetGetter<ReadOnlyMemory<char>>(sentence1);
        ValueGetter<ReadOnlyMemory<char>>? getText2 = sentence2 is { } pair ? cursor.GetGetter<ReadOnlyMemory<char>>(pair) : null;
        ValueGetter<float>? getWeight = weight is { } column ? cursor.GetGetter<float>(column) : null;

        var examples = new TrainingSet(classes, cache);
        long missing = 0;
        long truncated = 0;
        rows = 0;
        ReadOnlyMemory<char> text1 = default;
        ReadOnlyMemory<char> text2 = default;
        while (cursor.MoveNext())
        {
            if (rows++ % RowsPerCheck == 0)
                cancellation.ThrowIfCancellationRequested();
            int index = getLabel();
            if (index == KeyReader.Missing)
            {
                missing++;
                examples.Skip();
                continue;
            }

            if (map is not null && (index = map[index]) == KeyReader.Missing)
            {
                throw new ArgumentException(
                    $"Row {rows} of the validation set has the label {labels.Describe(getLabel())}, which the training set's label column "
                    + $"'{names.Label}' does not have; leave such rows out.",
                    nameof(view));
            }

            float rowWeight = 1;
            getWeight?.Invoke(ref rowWeight);
            if (!float.IsFinite(rowWeight) || rowWeight < 0)
            {
                throw new ArgumentException(
                    string.Create(CultureInfo.InvariantCulture,
                        $"Row {rows} of the {what} has the weight {rowWeight} in column '{names.Weight}'; a weight is a finite number of at least 0."),
                    nameof(view));
            }

            getText1(ref text1);
            getText2?.Invoke(ref text2);
            TokenizedText tokens = encoder.Encode(text1, getText2 is null ? (ReadOnlyMemory<char>?)null : text2);
            truncated += tokens.Truncated ? 1 : 0;
            examples.Add(tokens.Ids, tokens.TypeIds, index, rowWeight);
        }

        examples.Complete();
        if (missing > 0)
            warn(string.Create(CultureInfo.InvariantCulture, $"{missing} of {rows} rows of the {what} have no label in column '{names.Label}' and were skipped."));
        if (truncated > 0)
        {
            warn(string.Create(CultureInfo.InvariantCulture,
                $"{truncated} of {rows} rows of the {what} are longer than {encoder.MaxLength} tokens and were cut."));
        }

        return examples;
    }
}
