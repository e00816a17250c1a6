namespace Microsoft.ML.Data.Conversion;

/// <summary>For each standard scalar type the function that reads it from text.</summary>
internal sealed class TextParsers
{
    private readonly Dictionary<Type, Delegate> _parsers = [];

    public TextParsers(NumberTextOptions options)
    {
        AddSigned<sbyte>(sbyte.MaxValue, value => (sbyte)value);
        AddSigned<short>(short.MaxValue, value => (short)value);
        AddSigned<int>(int.MaxValue, value => (int)value);
        AddSigned<long>(long.MaxValue, value => value);
        AddUnsigned<byte>(byte.MaxValue, value => (byte)value);
        AddUnsigned<ushort>(ushort.MaxValue, value => (ushort)value);
        AddUnsigned<uint>(uint.MaxValue, value => (uint)value);
        AddUnsigned<ulong>(ulong.MaxValue, value => value);
        Add((in ReadOnlyMemory<char> text, out float value) =>
        {
            if (RealParser.TryParse(text.Span, options, out value))
                return true;
            value = float.NaN;
            return TextParsing.IsMissing(text.Span);
        });
        Add((in ReadOnlyMemory<char> text, out double value) =>
        {
            if (RealParser.TryParse(text.Span, options, out value))
                return true;
            value = double.NaN;
            return TextParsing.IsMissing(text.Span);
        });
        Add((in ReadOnlyMemory<char> text, out bool value) => TextParsing.TryBoolean(text.Span, out value));
        Add((in ReadOnlyMemory<char> text, out DataViewRowId value) => TextParsing.TryRowId(text.Span, out value));
        Add((in ReadOnlyMemory<char> text, out TimeSpan value) => TextParsing.TryTimeSpan(text.Span, out value));
        Add((in ReadOnlyMemory<char> text, out DateTime value) => TextParsing.TryDateTime(text.Span, out value));
        Add((in ReadOnlyMemory<char> text, out DateTimeOffset value) => TextParsing.TryDateTimeOffset(text.Span, out value));
        Add((in ReadOnlyMemory<char> text, out ReadOnlyMemory<char> value) =>
        {
            value = text;
            return true;
        });
    }

    public TryParseMapper<T> Get<T>() => (TryParseMapper<T>)_parsers[typeof(T)];

    private void Add<T>(TryParseMapper<T> parse) => _parsers.Add(typeof(T), parse);

    private void AddSigned<T>(long max, Func<long, T> narrow)
        => Add((in ReadOnlyMemory<char> text, out T value) =>
        {
            bool good = TextParsing.TrySigned(text.Span, max, out long wide);
            value = good ? narrow(wide) : default;
            return good;
        });

    private void AddUnsigned<T>(ulong max, Func<ulong, T> narrow)
        => Add((in ReadOnlyMemory<char> text, out T value) =>
        {
            // Unlike the signed types, blank is no number here.
            bool good = TextParsing.TryUnsigned(text.Span, out ulong wide) && wide <= max && !text.IsEmpty;
            value = good ? narrow(wide) : default;
            return good;
        });
}
