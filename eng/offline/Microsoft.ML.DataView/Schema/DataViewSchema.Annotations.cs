namespace Microsoft.ML;

public sealed partial class DataViewSchema
{
    /// <summary>Named values that describe a column, such as its slot names or key values.</summary>
    public sealed partial class Annotations
    {
        private readonly Delegate[] _getters;

        internal Annotations(DataViewSchema schema, Delegate[] getters)
        {
            for (int i = 0; i < getters.Length; i++)
                RequireGetterType(getters[i], schema[i].Type.RawType, i);
            Schema = schema;
            _getters = getters;
        }

        public static Annotations Empty { get; } = new(new DataViewSchema([]), []);

        public DataViewSchema Schema { get; }

        public ValueGetter<TValue> GetGetter<TValue>(Column column)
        {
            if (column.Index >= _getters.Length)
                throw new ArgumentException(nameof(column));
            return _getters[column.Index] as ValueGetter<TValue>
                ?? throw new InvalidOperationException($"Invalid call to '{nameof(GetGetter)}'");
        }

        public void GetValue<TValue>(string kind, ref TValue value)
        {
            var column = Schema.GetColumnOrNull(kind) ?? throw new InvalidOperationException($"Invalid call to '{nameof(GetValue)}'");
            GetGetter<TValue>(column)(ref value);
        }

        public override string ToString() => string.Join(", ", Schema.Select(column => column.Name));

        internal Delegate GetGetterInternal(int index) => _getters[index];

        private static void RequireGetterType(Delegate getter, Type rawType, int index)
        {
            if (getter == null)
                throw new ArgumentNullException(nameof(getter), $"Delegate at index '{index}' of getters was null.");
            if (getter.GetType() != typeof(ValueGetter<>).MakeGenericType(rawType))
                throw new ArgumentNullException(nameof(getter), $"Getter of type '{rawType}' expected, but {getter.GetType()} found");
        }
    }
}
