namespace Microsoft.ML.Data;

/// <summary>The values of a column in one block.</summary>
internal interface IBlockReader
{
    int Count { get; }
}
