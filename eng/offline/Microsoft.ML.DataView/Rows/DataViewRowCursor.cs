namespace Microsoft.ML;

/// <summary>A row that can move forward over a view.</summary>
public abstract class DataViewRowCursor : DataViewRow
{
    public abstract bool MoveNext();
}
