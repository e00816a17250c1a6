using Microsoft.ML.Lora.Adapters;
using Microsoft.ML.Lora.Data;
using Microsoft.ML.Lora.Text;

namespace Microsoft.ML.Lora.Estimators;

/// <summary>Reads the one or two text columns of a row.</summary>
internal sealed class TextInput
{
    private readonly ValueGetter<ReadOnlyMemory<char>> _sentence1;
    private readonly ValueGetter<ReadOnlyMemory<char>>? _sentence2;
    private ReadOnlyMemory<char> _text1;
    private ReadOnlyMemory<char> _text2;

    public TextInput(DataViewRow input, string sentence1, string? sentence2)
    {
        _sentence1 = input.GetGetter<ReadOnlyMemory<char>>(InputColumns.Text(input.Schema, "sentence1", sentence1));
        if (sentence2 is not null)
            _sentence2 = input.GetGetter<ReadOnlyMemory<char>>(InputColumns.Text(input.Schema, "sentence2", sentence2));
    }

    /// <summary>The tokens of the current row.</summary>
    public TokenizedText Read(RowEncoder encoder)
    {
        _sentence1(ref _text1);
        if (_sentence2 is null)
            return encoder.Encode(_text1, null);
        _sentence2(ref _text2);
        return encoder.Encode(_text1, _text2);
    }

    /// <summary>The current row for an adapter of a pool.</summary>
    public AdaptedRow Read(PooledAdapter adapter, out bool truncated)
    {
        _sentence1(ref _text1);
        if (_sentence2 is null)
            return adapter.Encode(_text1, null, out truncated);
        _sentence2(ref _text2);
        return adapter.Encode(_text1, _text2, out truncated);
    }

    /// <summary>The text columns of an input schema, as a classifier names them.</summary>
    public static IEnumerable<DataViewSchema.Column> ColumnsOf(DataViewSchema schema, ColumnNames names) => ColumnsOf(schema, names.Sentence1, names.Sentence2);

    /// <summary>The text columns of an input schema.</summary>
    public static IEnumerable<DataViewSchema.Column> ColumnsOf(DataViewSchema schema, string sentence1, string? sentence2)
    {
        yield return InputColumns.Text(schema, "sentence1", sentence1);
        if (sentence2 is not null && sentence2 != sentence1)
            yield return InputColumns.Text(schema, "sentence2", sentence2);
    }
}
