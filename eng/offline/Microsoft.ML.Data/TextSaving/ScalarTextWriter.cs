using System.Text;
using Microsoft.ML.Data.Conversion;

namespace Microsoft.ML.Data.IO;

/// <summary>A column with one value per row.</summary>
internal sealed class ScalarTextWriter<T> : TextColumnWriter
{
    private readonly ValueGetter<T> _getter;
    private readonly DataViewSchema.Column _column;
    private readonly ValueMapper<T, StringBuilder> _print;
    private readonly char _separator;
    private StringBuilder _text = new();
    private T _value;

    public ScalarTextWriter(ValueGetter<T> getter, DataViewSchema.Column column, ValueMapper<T, StringBuilder> print, char separator)
    {
        (_getter, _column, _print, _separator) = (getter, column, print, separator);
        print(default, ref _text);
        Default = _text.ToString();
    }

    public override string Default { get; }

    public override int WriteValues(Action<StringBuilder, int> append)
    {
        _getter(ref _value);
        _print(in _value, ref _text);
        append(_text, 0);
        return 1;
    }

    public override int WriteNames(Action<StringBuilder, int> append)
    {
        TextQuoting.Write(_column.Name, _text, _separator);
        append(_text, 0);
        return 1;
    }
}
