using Microsoft.ML.Data.Conversion;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>
/// Adds the column that splits rows by the value of another: keys as they are, floats scaled to [0, 1] by the least and
/// greatest value, everything else hashed.
/// </summary>
internal sealed class SamplingKeyMapper : IRowMapper
{
    private readonly DataViewSchema.Column _source;
    private readonly string _name;
    private readonly uint _seed;
    private readonly (double Scale, double Offset) _affine;

    public SamplingKeyMapper(IDataView data, DataViewSchema.Column source, string name, uint seed)
    {
        _source = source;
        _name = name;
        _seed = seed;
        if (IsScaled)
            _affine = source.Type == NumberDataViewType.Single ? ScaleOfSingles(data) : ScaleOfDoubles(data);
    }

    private bool IsScaled => _source.Type == NumberDataViewType.Single || _source.Type == NumberDataViewType.Double;

    public Func<int, bool> GetDependencies(Func<int, bool> activeOutput) => index => activeOutput(0) && index == _source.Index;

    public DataViewSchema.DetachedColumn[] GetOutputColumns()
    {
        var type = IsScaled || _source.Type is KeyDataViewType ? _source.Type : new KeyDataViewType(typeof(uint), 1 << SamplingHash.Bits);
        return [new DataViewSchema.DetachedColumn(_name, type)];
    }

    public Delegate[] CreateGetters(DataViewRow input, Func<int, bool> activeOutput, out Action disposer)
    {
        disposer = null;
        return [activeOutput(0) ? CreateGetter(input) : null];
    }

    public ITransformer GetTransformer() => throw Contracts.ExceptNotSupp();

    void ICanSaveModel.Save(ModelSaveContext ctx) => throw Contracts.ExceptNotSupp();

    private Delegate CreateGetter(DataViewRow input)
    {
        if (_source.Type == NumberDataViewType.Single)
            return ScaledSingle(input.GetGetter<float>(_source));
        if (_source.Type == NumberDataViewType.Double)
            return ScaledDouble(input.GetGetter<double>(_source));
        var itemType = _source.Type.GetItemType();
        string maker = _source.Type is KeyDataViewType ? nameof(Same)
            : itemType is DateTimeDataViewType or DateTimeOffsetDataViewType or TimeSpanDataViewType ? nameof(HashedTicks)
            : _source.Type is VectorDataViewType ? nameof(HashedVector)
            : nameof(Hashed);
        return GenericCall.Invoke<Delegate>(this, maker, [itemType.RawType], input);
    }

    private Delegate Same<T>(DataViewRow input) => input.GetGetter<T>(_source);

    private Delegate ScaledSingle(ValueGetter<float> getter)
    {
        var (scale, offset) = ((float)_affine.Scale, (float)_affine.Offset);
        return (ValueGetter<float>)((ref float value) =>
        {
            getter(ref value);
            value = (value - offset) * scale;
        });
    }

    private Delegate ScaledDouble(ValueGetter<double> getter)
        => (ValueGetter<double>)((ref double value) =>
        {
            getter(ref value);
            value = (value - _affine.Offset) * _affine.Scale;
        });

    private Delegate Hashed<T>(DataViewRow input)
    {
        var getter = input.GetGetter<T>(_source);
        T value = default;
        return (ValueGetter<uint>)((ref uint key) =>
        {
            getter(ref value);
            key = SamplingHash.Of(value, isKey: false, _seed);
        });
    }

    private Delegate HashedVector<T>(DataViewRow input)
    {
        var getter = input.GetGetter<VBuffer<T>>(_source);
        bool isKey = _source.Type.GetItemType() is KeyDataViewType;
        VBuffer<T> values = default;
        return (ValueGetter<uint>)((ref uint key) =>
        {
            getter(ref values);
            key = SamplingHash.OfAll(in values, isKey, _seed);
        });
    }

    private Delegate HashedTicks<T>(DataViewRow input)
    {
        var toTicks = Conversions.DefaultInstance.GetStandardConversion<T, long>(
            _source.Type.GetItemType(), NumberDataViewType.Int64, out _);
        if (_source.Type is VectorDataViewType)
            return HashedTicksOfVector(input, toTicks);
        var getter = input.GetGetter<T>(_source);
        T value = default;
        long ticks = 0;
        return (ValueGetter<uint>)((ref uint key) =>
        {
            getter(ref value);
            toTicks(in value, ref ticks);
            key = SamplingHash.Of(ticks, isKey: false, _seed);
        });
    }

    private ValueGetter<uint> HashedTicksOfVector<T>(DataViewRow input, ValueMapper<T, long> toTicks)
    {
        var getter = input.GetGetter<VBuffer<T>>(_source);
        VBuffer<T> values = default;
        return (ref uint key) =>
        {
            getter(ref values);
            long[] ticks = values.DenseValues().Select(value =>
            {
                long result = 0;
                toTicks(in value, ref result);
                return result;
            }).ToArray();
            key = SamplingHash.OfAll(new VBuffer<long>(ticks.Length, ticks), isKey: false, _seed);
        };
    }

    private (double, double) ScaleOfSingles(IDataView data)
    {
        float min = float.PositiveInfinity, max = float.NegativeInfinity;
        foreach (float value in data.GetColumn<float>(_source).Where(value => !float.IsNaN(value)))
            (min, max) = (Math.Min(min, value), Math.Max(max, value));
        float scale = max > min ? 1 / (max - min) : 0;
        return (scale, scale == 0 ? 0 : min);
    }

    private (double, double) ScaleOfDoubles(IDataView data)
    {
        double min = double.PositiveInfinity, max = double.NegativeInfinity;
        foreach (double value in data.GetColumn<double>(_source).Where(value => !double.IsNaN(value)))
            (min, max) = (Math.Min(min, value), Math.Max(max, value));
        double scale = max > min ? 1 / (max - min) : 0;
        return (scale, scale == 0 ? 0 : min);
    }
}
