namespace Microsoft.ML.Data.Conversion;

/// <summary>Getters that convert a column to another type on the way.</summary>
internal static class ConvertingGetters
{
    /// <summary>A getter of a scalar column as <paramref name="type"/>.</summary>
    public static Delegate GetGetterAs(DataViewType type, DataViewRow row, DataViewSchema.Column column)
        => GenericCall.InvokeStatic<Delegate>(
            typeof(ConvertingGetters), nameof(MakeScalar), [column.Type.RawType, type.RawType], column.Type, type, row, column);

    public static ValueGetter<T> GetGetterAs<T>(DataViewType type, DataViewRow row, DataViewSchema.Column column)
        => (ValueGetter<T>)GetGetterAs(type, row, column);

    /// <summary>A getter of a vector column with items of <paramref name="itemType"/>.</summary>
    public static Delegate GetVecGetterAs(PrimitiveDataViewType itemType, DataViewRow row, DataViewSchema.Column column)
    {
        var source = (VectorDataViewType)column.Type;
        return GenericCall.InvokeStatic<Delegate>(typeof(ConvertingGetters), nameof(MakeVector),
            [source.ItemType.RawType, itemType.RawType], source, itemType, row, column);
    }

    public static ValueGetter<VBuffer<T>> GetVecGetterAs<T>(PrimitiveDataViewType itemType, DataViewRow row, DataViewSchema.Column column)
        => (ValueGetter<VBuffer<T>>)GetVecGetterAs(itemType, row, column);

    private static ValueGetter<TTo> MakeScalar<TFrom, TTo>(DataViewType from, DataViewType to, DataViewRow row, DataViewSchema.Column column)
    {
        var getter = row.GetGetter<TFrom>(column);
        var convert = Conversions.DefaultInstance.GetStandardConversion<TFrom, TTo>(from, to, out bool identity);
        if (identity)
            return (ValueGetter<TTo>)(Delegate)getter;
        TFrom value = default;
        return (ref TTo destination) =>
        {
            getter(ref value);
            convert(in value, ref destination);
        };
    }

    private static ValueGetter<VBuffer<TTo>> MakeVector<TFrom, TTo>(
        VectorDataViewType from, PrimitiveDataViewType to, DataViewRow row, DataViewSchema.Column column)
    {
        var getter = row.GetGetter<VBuffer<TFrom>>(column);
        var convert = Conversions.DefaultInstance.GetStandardConversion<TFrom, TTo>(from.ItemType, to, out bool identity);
        if (identity)
            return (ValueGetter<VBuffer<TTo>>)(Delegate)getter;
        VBuffer<TFrom> source = default;
        return (ref VBuffer<TTo> destination) =>
        {
            getter(ref source);
            if (from.Size > 0 && source.Length != from.Size)
                throw new InvalidOperationException();
            var values = source.GetValues();
            var editor = VBufferEditor.Create(ref destination, source.Length, values.Length);
            for (int i = 0; i < values.Length; i++)
                convert(in values[i], ref editor.Values[i]);
            if (!source.IsDense)
                source.GetIndices().CopyTo(editor.Indices);
            destination = editor.Commit();
        };
    }
}
