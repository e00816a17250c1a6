using System.Text;
using Microsoft.ML.Data;
using Microsoft.ML.Data.Conversion;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <inheritdoc cref="BoundTermMap"/>
internal sealed class BoundTermMap<T>(IHost host, TermMap<T> map, DataViewSchema.Column input, string outputName, bool asText)
    : BoundTermMap
{
    public override DataViewType OutputType
        => input.Type is VectorDataViewType vector ? new VectorDataViewType(map.OutputType, vector.Dimensions) : map.OutputType;

    public override Delegate MakeGetter(DataViewRow row)
        => input.Type is VectorDataViewType ? MakeVectorGetter(row) : MakeScalarGetter(row);

    public override void AddKeyValues(DataViewSchema.Annotations.Builder builder)
    {
        if (map.Count == 0)
            return;
        // Terms that are keys themselves stand for the values behind them.
        if (map.ItemType is KeyDataViewType key
            && input.Annotations.Schema.GetColumnOrNull(AnnotationUtils.Kinds.KeyValues)?.Type is VectorDataViewType values
            && (ulong)values.Size == key.Count && key.Count <= uint.MaxValue)
        {
            GenericCall.Invoke<object>(this, nameof(AddValuesBehindKeys), [values.ItemType.RawType], builder, values.ItemType);
            return;
        }
        Add(builder, map.ItemType, (ref VBuffer<T> destination) => map.GetTerms(ref destination));
    }

    private object AddValuesBehindKeys<TValue>(DataViewSchema.Annotations.Builder builder, PrimitiveDataViewType itemType)
    {
        var widen = Conversions.DefaultInstance.GetStandardConversion<T, ulong>(map.ItemType, NumberDataViewType.UInt64, out _);
        Add(builder, itemType, (ref VBuffer<TValue> destination) =>
        {
            VBuffer<TValue> all = default;
            input.GetKeyValues(ref all);
            var editor = VBufferEditor.Create(ref destination, map.Count);
            for (int i = 0; i < map.Count; i++)
            {
                ulong key = 0;
                widen(in map.Terms[i], ref key);
                editor.Values[i] = all.GetItemOrDefault((int)key - 1);
            }
            destination = editor.Commit();
        });
        return null;
    }

    private void Add<TValue>(DataViewSchema.Annotations.Builder builder, PrimitiveDataViewType itemType, ValueGetter<VBuffer<TValue>> getter)
    {
        if (!asText || itemType is TextDataViewType)
        {
            builder.AddKeyValues(map.Count, itemType, getter);
            return;
        }
        var print = Conversions.DefaultInstance.GetStringConversion<TValue>(itemType);
        builder.AddKeyValues(map.Count, TextDataViewType.Instance, (ref VBuffer<ReadOnlyMemory<char>> destination) =>
        {
            VBuffer<TValue> values = default;
            getter(ref values);
            var editor = VBufferEditor.Create(ref destination, values.Length);
            StringBuilder text = null;
            var source = values.GetValues();
            for (int i = 0; i < source.Length; i++)
            {
                print(in source[i], ref text);
                editor.Values[i] = text.ToString().AsMemory();
            }
            destination = editor.Commit();
        });
    }

    private ValueGetter<uint> MakeScalarGetter(DataViewRow row)
    {
        var getter = row.GetGetter<T>(row.Schema[input.Index]);
        T value = default;
        return (ref uint key) =>
        {
            getter(ref value);
            key = map.GetKey(in value);
        };
    }

    private ValueGetter<VBuffer<uint>> MakeVectorGetter(DataViewRow row)
    {
        var getter = row.GetGetter<VBuffer<T>>(row.Schema[input.Index]);
        int expected = input.Type.GetVectorSize();
        uint implicitKey = map.GetKey(default);
        VBuffer<T> source = default;
        return (ref VBuffer<uint> destination) =>
        {
            getter(ref source);
            if (expected != 0 && source.Length != expected)
                throw host.Except("Column '{0}': TermTransform expects {1} slots, but got {2}", outputName, expected, source.Length);
            var editor = VBufferEditor.Create(ref destination, source.Length);
            var values = source.GetValues();
            if (source.IsDense)
            {
                for (int i = 0; i < values.Length; i++)
                    editor.Values[i] = map.GetKey(in values[i]);
            }
            else
            {
                editor.Values.Fill(implicitKey);
                var indices = source.GetIndices();
                for (int i = 0; i < values.Length; i++)
                    editor.Values[indices[i]] = map.GetKey(in values[i]);
            }
            destination = editor.Commit();
        };
    }
}
