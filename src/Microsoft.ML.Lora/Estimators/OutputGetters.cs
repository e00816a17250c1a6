using Microsoft.ML.Data;

namespace Microsoft.ML.Lora.Estimators;

/// <summary>The getters of the two columns that a classifier adds, over whatever holds the current row's scores.</summary>
internal static class OutputGetters
{
    /// <summary>The predicted label comes first, then the scores: the order of ML.NET's own text classifier.</summary>
    public const int PredictedLabel = 0;

    /// <summary>Position of the scores among the added columns.</summary>
    public const int Score = 1;

    /// <summary>Makes the getter for an added column.</summary>
    /// <param name="which"><see cref="PredictedLabel"/> or <see cref="Score"/>.</param>
    /// <param name="column">The column, for messages.</param>
    /// <param name="scores">The current row's probabilities.</param>
    public static ValueGetter<TValue> Create<TValue>(int which, DataViewSchema.Column column, Func<ReadOnlyMemory<float>> scores)
    {
        Delegate getter = which == PredictedLabel
            ? (ValueGetter<uint>)((ref uint key) => key = (uint)ArgMax(scores().Span) + 1)
            : (ValueGetter<VBuffer<float>>)((ref VBuffer<float> vector) =>
            {
                ReadOnlySpan<float> values = scores().Span;
                VBufferEditor<float> editor = VBufferEditor.Create(ref vector, values.Length);
                values.CopyTo(editor.Values);
                vector = editor.Commit();
            });
        return Typed<TValue>(getter, column);
    }

    /// <summary>Checks that a getter is of the type the caller asked for.</summary>
    /// <exception cref="InvalidOperationException">It is not.</exception>
    public static ValueGetter<TValue> Typed<TValue>(Delegate getter, DataViewSchema.Column column) =>
        getter as ValueGetter<TValue>
        ?? throw new InvalidOperationException(
            $"Invalid type {typeof(TValue)} in GetGetter for column '{column.Name}', which holds {column.Type.RawType} ({column.Type}).");

    /// <summary>Index of the largest value; the first of equals, as ML.NET's evaluator decides.</summary>
    public static int ArgMax(ReadOnlySpan<float> values)
    {
        int best = 0;
        for (int i = 1; i < values.Length; i++)
        {
            if (values[i] > values[best])
                best = i;
        }

        return best;
    }
}
