namespace Microsoft.ML.Data;

/// <summary>A codec of values held as <typeparamref name="T"/>.</summary>
internal abstract class BinaryCodec<T> : BinaryCodec
{
    protected BinaryCodec(string name, DataViewType type)
        : base(name, type)
    {
    }

    public abstract void Write(BinaryWriter writer, ReadOnlySpan<T> values);

    public abstract T[] Read(BinaryReader reader, int count);

    public override IBlockWriter OpenBlock(DataViewRow row, DataViewSchema.Column column) => new BlockWriter(this, row.GetGetter<T>(column));

    public override IBlockReader ReadBlock(BinaryReader reader, int count) => new Block(Read(reader, count));

    public override void WriteAnnotation(BinaryWriter writer, DataViewSchema.Annotations annotations, string kind)
    {
        T value = default;
        annotations.GetValue(kind, ref value);
        Write(writer, [value]);
    }

    public override Delegate ReadAnnotation(BinaryReader reader)
    {
        var value = Read(reader, 1)[0];
        return (ValueGetter<T>)((ref T destination) => Copy(value, ref destination));
    }

    /// <summary>Copies a value so that the copy may be changed.</summary>
    public virtual void Copy(in T source, ref T destination) => destination = source;

    /// <summary>The decoded values of a block.</summary>
    public sealed class Block(T[] values) : IBlockReader
    {
        public int Count => values.Length;

        public ref readonly T this[int index] => ref values[index];
    }

    private sealed class BlockWriter(BinaryCodec<T> codec, ValueGetter<T> getter) : IBlockWriter
    {
        private readonly List<T> _values = new();

        public void Add()
        {
            T value = default;
            getter(ref value);
            _values.Add(value);
        }

        public void WriteTo(BinaryWriter writer) => codec.Write(writer, _values.ToArray());
    }
}
