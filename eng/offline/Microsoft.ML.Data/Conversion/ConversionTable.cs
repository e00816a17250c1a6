using System.Globalization;
using System.Numerics;
using System.Text;

namespace Microsoft.ML.Data.Conversion;

/// <summary>The conversions between standard scalar types: which exist and what each does.</summary>
internal sealed class ConversionTable
{
    private readonly Dictionary<(Type, Type), Delegate> _standard = [];
    private readonly Dictionary<Type, Delegate> _toStringBuilder = [];
    private readonly TextParsers _parsers;

    public ConversionTable(TextParsers parsers)
    {
        _parsers = parsers;
        AddSigned<sbyte>();
        AddSigned<short>();
        AddSigned<int>();
        AddSigned<long>();
        AddUnsigned<byte>();
        AddUnsigned<ushort>();
        AddUnsigned<uint>();
        AddUnsigned<ulong>();
        AddRowId();
        AddReals();
        AddText();
        AddBoolean();
        AddTimes();
    }

    public bool TryGet(Type source, Type destination, out Delegate conversion)
        => _standard.TryGetValue((source, destination), out conversion);

    public bool TryGetStringBuilder(Type source, out Delegate conversion)
        => _toStringBuilder.TryGetValue(source, out conversion);

    private void Add<TSource, TDestination>(Func<TSource, TDestination> convert)
        => _standard.Add((typeof(TSource), typeof(TDestination)),
            (ValueMapper<TSource, TDestination>)((in TSource source, ref TDestination destination) => destination = convert(source)));

    private void AddIdentity<T>()
        => _standard.Add((typeof(T), typeof(T)), (ValueMapper<T, T>)((in T source, ref T destination) => destination = source));

    private void AddPrinter<T>(Action<T, StringBuilder> print)
        => _toStringBuilder.Add(typeof(T), (ValueMapper<T, StringBuilder>)((in T source, ref StringBuilder destination) =>
        {
            destination ??= new StringBuilder();
            destination.Clear();
            print(source, destination);
        }));

    private void AddSigned<T>()
        where T : IBinaryInteger<T>
    {
        // Too large values wrap around.
        Add<T, sbyte>(sbyte.CreateTruncating);
        Add<T, short>(short.CreateTruncating);
        Add<T, int>(int.CreateTruncating);
        Add<T, long>(long.CreateTruncating);
        AddFromInteger<T>();
    }

    private void AddUnsigned<T>()
        where T : IBinaryInteger<T>
    {
        // Too large values become zero, which is the missing key.
        Add<T, byte>(value => value <= T.CreateSaturating(byte.MaxValue) ? byte.CreateTruncating(value) : (byte)0);
        Add<T, ushort>(value => value <= T.CreateSaturating(ushort.MaxValue) ? ushort.CreateTruncating(value) : (ushort)0);
        Add<T, uint>(value => value <= T.CreateSaturating(uint.MaxValue) ? uint.CreateTruncating(value) : 0u);
        Add<T, ulong>(ulong.CreateTruncating);
        Add<T, DataViewRowId>(value => new DataViewRowId(ulong.CreateTruncating(value), 0));
        AddFromInteger<T>();
    }

    private void AddFromInteger<T>()
        where T : IBinaryInteger<T>
    {
        Add<T, float>(float.CreateTruncating);
        Add<T, double>(double.CreateTruncating);
        Add<T, bool>(value => !T.IsZero(value));
        Add<T, ReadOnlyMemory<char>>(value => value.ToString().AsMemory());
        AddPrinter<T>((value, builder) => builder.Append(value));
    }

    private void AddRowId()
    {
        Add<DataViewRowId, byte>(value => value.High == 0 && value.Low <= byte.MaxValue ? (byte)value.Low : (byte)0);
        Add<DataViewRowId, ushort>(value => value.High == 0 && value.Low <= ushort.MaxValue ? (ushort)value.Low : (ushort)0);
        Add<DataViewRowId, uint>(value => value.High == 0 && value.Low <= uint.MaxValue ? (uint)value.Low : 0);
        Add<DataViewRowId, ulong>(value => value.High == 0 ? value.Low : 0);
        Add<DataViewRowId, ReadOnlyMemory<char>>(value => $"0x{value.High:x16}{value.Low:x16}".AsMemory());
        AddPrinter<DataViewRowId>((value, builder) => builder.Append("0x").Append($"{value.High:x16}{value.Low:x16}"));
    }

    private void AddReals()
    {
        AddIdentity<float>();
        Add<float, double>(value => value);
        Add<float, bool>(Convert.ToBoolean);
        Add<float, ReadOnlyMemory<char>>(value => value.ToString("G7", CultureInfo.InvariantCulture).AsMemory());
        AddPrinter<float>((value, builder) => builder.Append(float.IsNaN(value) ? "?" : value.ToString("R", CultureInfo.InvariantCulture)));

        AddIdentity<double>();
        Add<double, float>(value => (float)value);
        Add<double, bool>(Convert.ToBoolean);
        Add<double, ReadOnlyMemory<char>>(value => value.ToString("G17", CultureInfo.InvariantCulture).AsMemory());
        AddPrinter<double>((value, builder) => builder.Append(double.IsNaN(value) ? "?" : value.ToString("G17", CultureInfo.InvariantCulture)));
    }

    private void AddText()
    {
        AddFromText<sbyte>("sbyte");
        AddFromText<short>("short");
        AddFromText<int>("int");
        AddFromText<long>("long");
        AddFromText<byte>();
        AddFromText<ushort>();
        AddFromText<uint>();
        AddFromText<ulong>();
        AddFromText<float>();
        AddFromText<double>();
        AddFromText<bool>();
        AddFromText<TimeSpan>();
        AddFromText<DateTime>();
        AddFromText<DateTimeOffset>();
        AddFromText<DataViewRowId>();
        AddIdentity<ReadOnlyMemory<char>>();
        AddPrinter<ReadOnlyMemory<char>>((value, builder) => builder.Append(value.Span));
    }

    // The signed integers have no value for "bad": they throw, and name their C# type. All others take the stand-in.
    private void AddFromText<T>(string throwingName = null)
    {
        var parse = _parsers.Get<T>();
        Add<ReadOnlyMemory<char>, T>(text =>
        {
            if (!parse(in text, out T value) && throwingName != null)
                throw new InvalidOperationException($"Value could not be parsed from text to {throwingName}.");
            return value;
        });
    }

    private void AddBoolean()
    {
        Add<bool, sbyte>(Convert.ToSByte);
        Add<bool, short>(Convert.ToInt16);
        Add<bool, int>(Convert.ToInt32);
        Add<bool, long>(Convert.ToInt64);
        Add<bool, float>(Convert.ToSingle);
        Add<bool, double>(Convert.ToDouble);
        AddIdentity<bool>();
        Add<bool, ReadOnlyMemory<char>>(value => value.ToString().AsMemory());
        AddPrinter<bool>((value, builder) => builder.Append(value ? '1' : '0'));
    }

    private void AddTimes()
    {
        AddTicks<TimeSpan>(value => value.Ticks, "c");
        AddTicks<DateTime>(value => value.Ticks, "o");
        AddTicks<DateTimeOffset>(value => value.UtcTicks, "o");
        AddIdentity<DateTime>();
    }

    private void AddTicks<T>(Func<T, long> ticks, string format)
        where T : IFormattable
    {
        Add<T, long>(ticks);
        Add<T, float>(value => ticks(value));
        Add<T, double>(value => ticks(value));
        Add<T, ReadOnlyMemory<char>>(value => value.ToString(format, null).AsMemory());
        AddPrinter<T>((value, builder) => builder.Append(value.ToString(format, null)));
    }
}
