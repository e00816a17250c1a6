using Microsoft.ML.Lora.Data;
using Microsoft.ML.Lora.Models;

namespace Microsoft.ML.Lora.Estimators;

/// <summary>Reads the one or two text columns of a row.</summary>
internal sealed class TextInput
{
    private readonly ValueGetter<ReadOnlyMemory<char>> _sentence1;
    private readonly ValueGetter<ReadOnlyMemory<char>>? _sentence2;
    private ReadOnlyMemory<char> _text1;
    private ReadOnlyMemory<char> _text2;

    public TextInput(DataViewRow input, ColumnNames names)
    {
        _sentence1 = input.GetGetter<ReadOnlyMemory<char>>(InputColumns.Text(input.Schema, "sentence1", names.Sentence1));
        if (names.Sentence2 is not null)
            _sentence2 = input.GetGetter<ReadOnlyMemory<char>>(InputColumns.Text(input.Schema, "sentence2", names.Sentence2));
    }

    /// <summary>The tokens of the current row.</summary>
    public TokenizedRow Read(IRowScorer scorer, out bool truncated)
    {
        _sentence1(ref _text1);
        _sentence2?.Invoke(ref _text2);
        return scorer.Encode(_text1, _text2, out truncated);
    }

    /// <summary>The text columns of an input schema.</summary>
    public static IEnumerable<DataViewSchema.Column> ColumnsOf(DataViewSchema schema, ColumnNames names)
    {
        yield return InputColumns.Text(schema, "sentence1", names.Sentence1);
        if (names.Sentence2 is not null && names.Sentence2 != names.Sentence1)
            yield return InputColumns.Text(schema, "sentence2", names.Sentence2);
    }
}
