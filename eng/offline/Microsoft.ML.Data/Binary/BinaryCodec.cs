namespace Microsoft.ML.Data;

/// <summary>How values of one type stand in the binary format. The names are those of the original's codecs.</summary>
internal abstract class BinaryCodec
{
    protected BinaryCodec(string name, DataViewType type) => (Name, Type) = (name, type);

    public string Name { get; }

    public DataViewType Type { get; }

    /// <summary>Writes what, besides the name, says which codec it is.</summary>
    public virtual void WriteParameters(BinaryWriter writer)
    {
    }

    /// <summary>A buffer that collects values of a column and writes them as one block.</summary>
    public abstract IBlockWriter OpenBlock(DataViewRow row, DataViewSchema.Column column);

    /// <summary>Reads a block into getters of its values, by place.</summary>
    public abstract IBlockReader ReadBlock(BinaryReader reader, int count);

    /// <summary>Writes a single annotation value.</summary>
    public abstract void WriteAnnotation(BinaryWriter writer, DataViewSchema.Annotations annotations, string kind);

    /// <summary>A getter of a single value.</summary>
    public abstract Delegate ReadAnnotation(BinaryReader reader);
}
