using Microsoft.ML.Data;

namespace Microsoft.ML.Lora.Estimators;

/// <summary>The getters of the two columns that a classifier adds, over whatever holds the current row.</summary>
internal static class OutputGetters
{
    /// <summary>The predicted label comes first, then the scores: the order of ML.NET's own text classifier.</summary>
    public const int PredictedLabel = 0;

    /// <summary>Position of the scores among the added columns.</summary>
    public const int Score = 1;

    /// <summary>The getter of the predicted label as a key: the class with the largest score.</summary>
    public static ValueGetter<uint> Key(Func<Scored> current) => (ref uint key) => key = (uint)ArgMax(current().Scores) + 1;

    /// <summary>The getter of the scores.</summary>
    public static ValueGetter<VBuffer<float>> Vector(Func<Scored> current) => (ref VBuffer<float> vector) =>
    {
        float[] values = current().Scores;
        VBufferEditor<float> editor = VBufferEditor.Create(ref vector, values.Length);
        values.CopyTo(editor.Values);
        vector = editor.Commit();
    };

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
