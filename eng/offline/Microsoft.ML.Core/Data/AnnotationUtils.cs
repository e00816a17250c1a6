using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>The well-known annotations and how to ask for them.</summary>
internal static partial class AnnotationUtils
{
    /// <summary>A getter of an annotation of column <paramref name="col"/>.</summary>
    public delegate void AnnotationGetter<TValue>(int col, ref TValue dst);

    public static KeyDataViewType ScoreColumnSetIdType { get; } = new(typeof(uint), int.MaxValue);

    public static Exception ExceptGetAnnotation() => Contracts.Except("Invalid call to GetAnnotation");

    public static Exception ExceptGetAnnotation(this IExceptionContext ctx) => ctx.Except("Invalid call to GetAnnotation");

    public static void Marshal<THave, TNeed>(this AnnotationGetter<THave> getter, int col, ref TNeed dst)
    {
        Contracts.CheckValue(getter, nameof(getter));
        if (getter is not AnnotationGetter<TNeed> typed)
            throw ExceptGetAnnotation();
        typed(col, ref dst);
    }

    public static VectorDataViewType GetNamesType(int size)
    {
        Contracts.CheckParam(size > 0, nameof(size), "must be known size");
        return new VectorDataViewType(TextDataViewType.Instance, size);
    }

    public static VectorDataViewType GetCategoricalType(int rangeCount)
    {
        Contracts.CheckParam(rangeCount > 0, nameof(rangeCount), "must be known size");
        return new VectorDataViewType(NumberDataViewType.Int32, rangeCount, 2);
    }

    public static KeyValuePair<string, DataViewType> GetSlotNamesPair(int size) => GetNamesType(size).GetPair(Kinds.SlotNames);

    public static KeyValuePair<string, DataViewType> GetKeyNamesPair(int size) => GetNamesType(size).GetPair(Kinds.KeyValues);

    public static KeyValuePair<string, DataViewType> GetPair(this DataViewType type, string kind)
    {
        Contracts.CheckValue(type, nameof(type));
        return new KeyValuePair<string, DataViewType>(kind, type);
    }

    public static IEnumerable<T> Prepend<T>(this IEnumerable<T> tail, params T[] head) => head.Concat(tail);

    /// <summary>The largest value of a key-typed annotation over the columns, 0 when there is none.</summary>
    public static uint GetMaxAnnotationKind(
        this DataViewSchema schema, out int colMax, string annotationKind, Func<DataViewSchema, int, bool> filterFunc = null)
    {
        uint max = 0;
        colMax = -1;
        foreach (var column in schema)
        {
            if (HasUIntKey(column, annotationKind) && (filterFunc == null || filterFunc(schema, column.Index)))
            {
                uint value = 0;
                column.Annotations.GetValue(annotationKind, ref value);
                if (value > max)
                    (max, colMax) = (value, column.Index);
            }
        }
        return max;
    }

    public static IEnumerable<int> GetColumnSet(this DataViewSchema schema, string annotationKind, uint value)
    {
        foreach (var column in schema.Where(column => HasUIntKey(column, annotationKind)))
        {
            uint found = 0;
            column.Annotations.GetValue(annotationKind, ref found);
            if (found == value)
                yield return column.Index;
        }
    }

    public static IEnumerable<int> GetColumnSet(this DataViewSchema schema, string annotationKind, string value)
    {
        foreach (var column in schema)
        {
            if (column.Annotations.Schema.GetColumnOrNull(annotationKind)?.Type is not TextDataViewType)
                continue;
            ReadOnlyMemory<char> found = default;
            column.Annotations.GetValue(annotationKind, ref found);
            if (found.Span.SequenceEqual(value))
                yield return column.Index;
        }
    }

    public static bool HasSlotNames(this DataViewSchema.Column column, int vectorSize)
        => vectorSize > 0
            && column.Annotations.Schema.GetColumnOrNull(Kinds.SlotNames)?.Type is VectorDataViewType names
            && names.Size == vectorSize && names.ItemType is TextDataViewType;

    public static bool TryGetAnnotation<T>(
        this DataViewSchema schema, PrimitiveDataViewType type, string kind, int col, ref T value)
    {
        Contracts.CheckValue(schema, nameof(schema));
        Contracts.CheckValue(type, nameof(type));
        if (!type.Equals(schema[col].Annotations.Schema.GetColumnOrNull(kind)?.Type))
            return false;
        schema[col].Annotations.GetValue(kind, ref value);
        return true;
    }

    internal static DataViewRow AnnotationsAsRow(DataViewSchema.Annotations annotations)
    {
        Contracts.CheckValue(annotations, nameof(annotations));
        return new AnnotationRow(annotations);
    }

    private static bool HasUIntKey(DataViewSchema.Column column, string kind)
        => column.Annotations.Schema.GetColumnOrNull(kind)?.Type is KeyDataViewType key && key.RawType == typeof(uint);
}
