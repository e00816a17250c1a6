namespace Microsoft.ML.Data;

/// <summary>The fields from <see cref="Min"/> up to, not including, <see cref="Lim"/>.</summary>
internal readonly record struct TextSegment(int Min, int Lim, bool ForceVector)
{
    /// <summary>Stands for "to the end of the line" as limit.</summary>
    public const int Endless = int.MaxValue;

    public bool IsVariable => Lim == Endless;
}
