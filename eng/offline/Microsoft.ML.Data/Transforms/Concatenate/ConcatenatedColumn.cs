using Microsoft.ML.Data.Conversion;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>An output column of Concatenate on a certain input schema: its type, annotations and getter.</summary>
internal sealed class ConcatenatedColumn
{
    private readonly ColumnConcatenatingTransformer.OutputColumn _options;
    private readonly VectorDataViewType _type;

    private ConcatenatedColumn(ColumnConcatenatingTransformer.OutputColumn options, DataViewSchema.Column[] sources, VectorDataViewType type)
    {
        _options = options;
        Sources = sources;
        _type = type;
    }

    public DataViewSchema.Column[] Sources { get; }

    // A single vector passes through as it is.
    private bool IsIdentity => Sources.Length == 1 && Sources[0].Type is VectorDataViewType;

    public static ConcatenatedColumn Bind(IHost host, ColumnConcatenatingTransformer.OutputColumn options, DataViewSchema inputSchema)
    {
        var sources = new DataViewSchema.Column[options.Sources.Length];
        DataViewType itemType = null;
        int size = 0;
        bool variable = false;
        for (int i = 0; i < sources.Length; i++)
        {
            string name = options.Sources[i].Name;
            sources[i] = inputSchema.GetColumnOrNull(name) ?? throw host.ExceptSchemaMismatch(nameof(inputSchema), "input", name);
            var type = sources[i].Type;
            itemType ??= type.GetItemType();
            if (!type.GetItemType().Equals(itemType))
                throw host.ExceptSchemaMismatch(nameof(inputSchema), "input", name, itemType.ToString(), type.ToString());
            variable |= type.GetValueCount() == 0;
            size += type.GetValueCount();
        }
        return new ConcatenatedColumn(options, sources, new VectorDataViewType((PrimitiveDataViewType)itemType, variable ? 0 : size));
    }

    public DataViewSchema.DetachedColumn MakeColumn()
    {
        if (IsIdentity)
            return new DataViewSchema.DetachedColumn(_options.Name, Sources[0].Type, Sources[0].Annotations);
        var builder = new DataViewSchema.Annotations.Builder();
        if (_type.ItemType is NumberDataViewType && Sources.All(source => source.IsNormalized()))
            builder.Add(AnnotationUtils.Kinds.IsNormalized, BooleanDataViewType.Instance, (ref bool value) => value = true);
        if (_type.IsKnownSize && Sources.Any(source => source.Type is not VectorDataViewType vector || source.HasSlotNames(vector.Size)))
            builder.AddSlotNames(_type.Size, GetSlotNames);
        AddCategoricalRanges(builder);
        return new DataViewSchema.DetachedColumn(_options.Name, _type, builder.ToAnnotations());
    }

    public Delegate MakeGetter(DataViewRow row) => IsIdentity
        ? GenericCall.Invoke<Delegate>(this, nameof(MakeIdentityGetter), [_type.RawType], row)
        : GenericCall.Invoke<Delegate>(this, nameof(MakeJoiningGetter), [_type.ItemType.RawType], row);

    private ValueGetter<T> MakeIdentityGetter<T>(DataViewRow row) => row.GetGetter<T>(row.Schema[Sources[0].Index]);

    private ValueGetter<VBuffer<T>> MakeJoiningGetter<T>(DataViewRow row)
    {
        var parts = new VBuffer<T>[Sources.Length];
        var fills = new Action<int>[Sources.Length];
        for (int i = 0; i < fills.Length; i++)
            fills[i] = MakeFill(row, Sources[i], parts);
        return (ref VBuffer<T> destination) =>
        {
            int length = 0;
            for (int i = 0; i < parts.Length; i++)
            {
                fills[i](i);
                length = checked(length + parts[i].Length);
            }
            var editor = VBufferEditor.Create(ref destination, length);
            int offset = 0;
            foreach (ref readonly var part in parts.AsSpan())
            {
                part.CopyTo(editor.Values.Slice(offset, part.Length));
                offset += part.Length;
            }
            destination = editor.Commit();
        };
    }

    private static Action<int> MakeFill<T>(DataViewRow row, DataViewSchema.Column source, VBuffer<T>[] parts)
    {
        if (source.Type is not VectorDataViewType vector)
        {
            var one = row.GetGetter<T>(row.Schema[source.Index]);
            var value = new T[1];
            return place =>
            {
                one(ref value[0]);
                parts[place] = new VBuffer<T>(1, value);
            };
        }
        var many = row.GetGetter<VBuffer<T>>(row.Schema[source.Index]);
        return place =>
        {
            many(ref parts[place]);
            if (vector.Size != 0 && vector.Size != parts[place].Length)
                throw Contracts.Except("Column '{0}': expected {1} slots, but got {2}", source.Name, vector.Size, parts[place].Length);
        };
    }

    private void GetSlotNames(ref VBuffer<ReadOnlyMemory<char>> destination)
    {
        var names = new ReadOnlyMemory<char>[_type.Size];
        int slot = 0;
        for (int i = 0; i < Sources.Length; i++)
        {
            string alias = _options.Sources[i].Alias;
            string prefix = alias ?? Sources[i].Name;
            if (Sources[i].Type is not VectorDataViewType vector)
            {
                names[slot++] = prefix.AsMemory();
                continue;
            }
            if (Sources[i].HasSlotNames(vector.Size))
            {
                VBuffer<ReadOnlyMemory<char>> own = default;
                Sources[i].Annotations.GetValue(AnnotationUtils.Kinds.SlotNames, ref own);
                foreach (var (index, name) in own.Items())
                {
                    if (!name.IsEmpty)
                        names[slot + index] = (alias == Sources[i].Name ? name.ToString() : $"{prefix}.{name}").AsMemory();
                }
            }
            slot += vector.Size;
        }
        destination = new VBuffer<ReadOnlyMemory<char>>(names.Length, names);
    }

    private void AddCategoricalRanges(DataViewSchema.Annotations.Builder builder)
    {
        if (!_type.IsKnownSize)
            return;
        var ranges = new List<int>();
        int slot = 0;
        foreach (var source in Sources)
        {
            if (source.Annotations.Schema.GetColumnOrNull(AnnotationUtils.Kinds.CategoricalSlotRanges)?.Type is VectorDataViewType { IsKnownSize: true })
            {
                VBuffer<int> own = default;
                source.Annotations.GetValue(AnnotationUtils.Kinds.CategoricalSlotRanges, ref own);
                foreach (int bound in own.DenseValues())
                    ranges.Add(bound + slot);
            }
            slot += source.Type.GetValueCount();
        }
        if (ranges.Count > 0)
        {
            builder.Add(AnnotationUtils.Kinds.CategoricalSlotRanges, AnnotationUtils.GetCategoricalType(ranges.Count / 2),
                (ref VBuffer<int> value) => value = new VBuffer<int>(ranges.Count, [.. ranges]));
        }
    }
}
