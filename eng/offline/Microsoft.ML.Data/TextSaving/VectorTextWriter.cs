using System.Text;
using Microsoft.ML.Data.Conversion;

namespace Microsoft.ML.Data.IO;

/// <summary>A column with a vector per row.</summary>
internal sealed class VectorTextWriter<T> : TextColumnWriter
{
    private readonly ValueGetter<VBuffer<T>> _getter;
    private readonly DataViewSchema.Column _column;
    private readonly ValueMapper<T, StringBuilder> _print;
    private readonly char _separator;
    private StringBuilder _text = new();
    private VBuffer<T> _value;

    public VectorTextWriter(ValueGetter<VBuffer<T>> getter, DataViewSchema.Column column, ValueMapper<T, StringBuilder> print, char separator)
    {
        (_getter, _column, _print, _separator) = (getter, column, print, separator);
        print(default, ref _text);
        Default = _text.ToString();
    }

    public override string Default { get; }

    public override int WriteValues(Action<StringBuilder, int> append)
    {
        _getter(ref _value);
        var values = _value.GetValues();
        var indices = _value.GetIndices();
        for (int i = 0; i < values.Length; i++)
        {
            _print(in values[i], ref _text);
            append(_text, _value.IsDense ? i : indices[i]);
        }
        return _value.Length;
    }

    public override int WriteNames(Action<StringBuilder, int> append)
    {
        int size = _column.Type.GetVectorSize();
        if (_column.HasSlotNames(size))
        {
            VBuffer<ReadOnlyMemory<char>> names = default;
            _column.GetSlotNames(ref names);
            foreach (var (index, name) in names.Items())
            {
                if (name.IsEmpty)
                    continue;
                TextQuoting.Write(name.Span, _text, _separator);
                append(_text, index);
            }
        }
        return size;
    }
}
