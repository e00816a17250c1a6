using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A row that shows the object it was last given.</summary>
internal sealed class InputRow<TRow> : ObjectRow<TRow>
    where TRow : class
{
    private TRow _current;
    private long _position = -1;

    private InputRow(IHostEnvironment env, InternalSchemaDefinition definition)
        : base(env, definition.ToSchema(), definition, _ => true)
    {
    }

    public override long Position => _position;

    protected override TRow Current
    {
        get
        {
            Host.Check(_position >= 0, StreamingDataView<TRow>.FetchStateError);
            return _current;
        }
    }

    public static InputRow<TRow> Create(IHostEnvironment env, SchemaDefinition definition = null)
        => new(env, definition == null
            ? InternalSchemaDefinition.Create(typeof(TRow), SchemaDefinition.Direction.Read)
            : InternalSchemaDefinition.Create(typeof(TRow), definition));

    public void ExtractValues(TRow row)
    {
        Host.CheckValue(row, nameof(row));
        _current = row;
        _position++;
    }

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = new DataViewRowId((ulong)Position, 0);
}
