namespace Microsoft.ML.Lora.Models;

/// <summary>Consecutive rows of one length in a packed batch.</summary>
/// <param name="FirstRow">The first row, in packed order.</param>
/// <param name="RowCount">How many rows.</param>
/// <param name="Length">Tokens a row.</param>
/// <param name="FirstToken">Where the group's tokens begin.</param>
internal readonly record struct LengthGroup(int FirstRow, int RowCount, int Length, int FirstToken)
{
    /// <summary>All tokens of the group.</summary>
    public int TokenCount => RowCount * Length;
}
