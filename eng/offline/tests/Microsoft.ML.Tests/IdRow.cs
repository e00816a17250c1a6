namespace Microsoft.ML.Tests;

/// <summary>A row of the recorded tables that have only a number.</summary>
internal sealed class IdRow
{
    public int Id;
}
