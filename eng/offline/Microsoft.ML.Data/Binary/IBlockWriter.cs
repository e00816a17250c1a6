namespace Microsoft.ML.Data;

/// <summary>Collects the values of a column.</summary>
internal interface IBlockWriter
{
    void Add();

    void WriteTo(BinaryWriter writer);
}
