using System.Collections.Concurrent;
using System.Text;

namespace Microsoft.ML.Data.Conversion;

/// <summary>
/// Finds the function that converts, parses, prints or tests values of a column type. Functions come as delegates, since
/// callers know the types only at run time.
/// </summary>
internal sealed class Conversions
{
    private static readonly ConcurrentDictionary<NumberTextOptions, Conversions> Instances = new();
    private readonly ConversionTable _table;
    private readonly TextParsers _parsers;

    private Conversions(NumberTextOptions options)
    {
        _parsers = new TextParsers(options);
        _table = new ConversionTable(_parsers);
    }

    public static Conversions DefaultInstance => Get(NumberTextOptions.None);

    public static Conversions Get(NumberTextOptions options) => Instances.GetOrAdd(options, static o => new Conversions(o));

    public ValueMapper<TSource, TDestination> GetStandardConversion<TSource, TDestination>(
        DataViewType source, DataViewType destination, out bool identity)
    {
        if (!TryGetStandardConversion(source, destination, out Delegate conversion, out identity))
            throw new InvalidOperationException($"No standard conversion from '{source}' to '{destination}'");
        return (ValueMapper<TSource, TDestination>)conversion;
    }

    public bool TryGetStandardConversion<TSource, TDestination>(
        DataViewType source, DataViewType destination, out ValueMapper<TSource, TDestination> conversion, out bool identity)
    {
        bool found = TryGetStandardConversion(source, destination, out Delegate untyped, out identity);
        conversion = (ValueMapper<TSource, TDestination>)untyped;
        return found;
    }

    public bool TryGetStandardConversion(DataViewType source, DataViewType destination, out Delegate conversion, out bool identity)
    {
        conversion = null;
        identity = false;
        if (source is KeyDataViewType sourceKey)
        {
            if (!KeyFits(sourceKey, destination))
                return false;
        }
        else if (destination is KeyDataViewType key)
        {
            if (source is not TextDataViewType)
                return false;
            conversion = GenericCall.Invoke<Delegate>(this, nameof(MakeKeyConversion), [key.RawType], key);
            return true;
        }
        else if (!destination.IsStandardScalar())
            return false;

        identity = source.RawType == destination.RawType;
        return _table.TryGet(source.RawType, destination.RawType, out conversion);
    }

    /// <summary>Prints a value into a builder, which is cleared first. A missing key prints nothing.</summary>
    public ValueMapper<T, StringBuilder> GetStringConversion<T>(DataViewType type)
    {
        if (type is KeyDataViewType key)
            return MakeKeyPrinter<T>(key);
        if (!_table.TryGetStringBuilder(typeof(T), out Delegate conversion))
            throw new InvalidOperationException($"No conversion from '{type}' to StringBuilder");
        return (ValueMapper<T, StringBuilder>)conversion;
    }

    public TryParseMapper<T> GetTryParseConversion<T>(DataViewType type)
        => type is KeyDataViewType key ? MakeKeyParser<T>(key) : _parsers.Get<T>();

    /// <summary>True for the types that have a value for "missing": keys, Single and Double.</summary>
    public bool HasMissingValue(DataViewType type)
        => type is KeyDataViewType || type.RawType == typeof(float) || type.RawType == typeof(double);

    public bool TryGetIsNAPredicate<T>(DataViewType type, out InPredicate<T> predicate)
    {
        predicate = null;
        if (type is KeyDataViewType)
            predicate = IsDefault<T>();
        else if (typeof(T) == typeof(float))
            predicate = (InPredicate<T>)(Delegate)(InPredicate<float>)((in float value) => float.IsNaN(value));
        else if (typeof(T) == typeof(double))
            predicate = (InPredicate<T>)(Delegate)(InPredicate<double>)((in double value) => double.IsNaN(value));
        return predicate != null;
    }

    public InPredicate<T> GetIsDefaultPredicate<T>(DataViewType type)
    {
        if (!type.IsStandardScalar() && type is not KeyDataViewType)
            throw new InvalidOperationException($"No IsDefault predicate for '{type}'");
        return IsDefault<T>();
    }

    /// <summary>NaN for real numbers, the default of all other types; <paramref name="isDefault"/> tells which.</summary>
    public T GetNAOrDefault<T>(out bool isDefault)
    {
        isDefault = false;
        if (typeof(T) == typeof(float))
            return (T)(object)float.NaN;
        if (typeof(T) == typeof(double))
            return (T)(object)double.NaN;
        isDefault = true;
        return default;
    }

    private static InPredicate<T> IsDefault<T>()
    {
        if (typeof(T) == typeof(ReadOnlyMemory<char>))
            return (InPredicate<T>)(Delegate)(InPredicate<ReadOnlyMemory<char>>)((in ReadOnlyMemory<char> value) => value.IsEmpty);
        var comparer = EqualityComparer<T>.Default;
        // Minus zero equals zero, so it is default as well.
        return (in T value) => comparer.Equals(value, default);
    }

    private static bool KeyFits(KeyDataViewType source, DataViewType destination)
    {
        if (destination is KeyDataViewType key)
            return key.Count == source.Count;
        if (!KeyDataViewType.IsValidDataType(destination.RawType))
            return false;
        return source.Count <= destination.RawType.ToMaxInt()
            || source.RawType.ToMaxInt() <= destination.RawType.ToMaxInt();
    }

    private TryParseMapper<T> MakeKeyParser<T>(KeyDataViewType key)
    {
        ulong max = key.Count - 1;
        var narrow = FromUInt64<T>();
        return (in ReadOnlyMemory<char> text, out T value) =>
        {
            bool good = TextParsing.TryKey(text.Span, max, out ulong wide);
            value = default;
            narrow(in wide, ref value);
            return good;
        };
    }

    private ValueMapper<ReadOnlyMemory<char>, T> MakeKeyConversion<T>(KeyDataViewType key)
    {
        var parse = MakeKeyParser<T>(key);
        return (in ReadOnlyMemory<char> text, ref T value) => parse(in text, out value);
    }

    private ValueMapper<T, StringBuilder> MakeKeyPrinter<T>(KeyDataViewType key)
    {
        ulong count = key.Count;
        var widen = GetStandardConversion<T, ulong>(key, NumberDataViewType.UInt64, out _);
        return (in T source, ref StringBuilder destination) =>
        {
            ulong value = 0;
            widen(in source, ref value);
            destination ??= new StringBuilder();
            destination.Clear();
            if (value != 0 && value <= count)
                destination.Append(value - 1);
        };
    }

    private ValueMapper<ulong, T> FromUInt64<T>()
    {
        if (!_table.TryGet(typeof(ulong), typeof(T), out Delegate conversion))
            throw new InvalidOperationException($"No standard conversion from '{typeof(ulong)}' to '{typeof(T)}'");
        return (ValueMapper<ulong, T>)conversion;
    }
}
