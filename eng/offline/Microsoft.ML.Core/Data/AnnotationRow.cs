namespace Microsoft.ML.Data;

/// <summary>Annotations seen as the columns of one row.</summary>
internal sealed class AnnotationRow(DataViewSchema.Annotations annotations) : DataViewRow
{
    public override DataViewSchema Schema => annotations.Schema;

    public override long Position => 0;

    public override long Batch => 0;

    public override bool IsColumnActive(DataViewSchema.Column column) => true;

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => annotations.GetGetter<TValue>(column);

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = default;
}
