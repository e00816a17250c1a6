namespace Microsoft.ML.Data;

/// <summary>A row that can be written into an object.</summary>
internal interface IRowReadableAs<TRow> : IDisposable
    where TRow : class
{
    void FillValues(TRow row);
}
