using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Writes the columns of a view into objects.</summary>
internal sealed class TypedCursorable<TRow>
    where TRow : class
{
    private readonly IHost _host;
    private readonly IDataView _data;
    private readonly (InternalSchemaDefinition.Column Member, int Index)[] _columns;

    private TypedCursorable(IHostEnvironment env, IDataView data, bool ignoreMissingColumns, InternalSchemaDefinition definition)
    {
        _host = env.Register("TypedCursorable");
        _data = data;
        var columns = new List<(InternalSchemaDefinition.Column, int)>();
        foreach (var member in definition.Columns)
        {
            if (data.Schema.GetColumnOrNull(member.ColumnName) is not { } column)
            {
                if (ignoreMissingColumns)
                    continue;
                throw _host.ExceptSchemaMismatch("Schema", "", member.ColumnName);
            }
            bool isVector = RowMember.IsVector(member.MemberType, out var itemType);
            if (isVector != column.Type is VectorDataViewType || column.Type.GetItemType().RawType != itemType)
            {
                throw _host.Except("Can't bind the IDataView column '{0}' of type '{1}' to field or property '{2}' of type '{3}'.",
                    member.ColumnName, column.Type, member.Member.Name, member.MemberType.FullName);
            }
            columns.Add((member, column.Index));
        }
        _columns = columns.ToArray();
    }

    public static TypedCursorable<TRow> Create(IHostEnvironment env, IDataView data, bool ignoreMissingColumns, SchemaDefinition definition)
    {
        CheckMemberTypes(definition, data.Schema);
        return new TypedCursorable<TRow>(env, data, ignoreMissingColumns, definition == null
            ? InternalSchemaDefinition.Create(typeof(TRow), SchemaDefinition.Direction.Write)
            : InternalSchemaDefinition.Create(typeof(TRow), definition));
    }

    /// <summary>True for the columns that objects are filled from.</summary>
    public bool IsNeeded(int index) => Array.Exists(_columns, column => column.Index == index);

    /// <summary>A reader of one row.</summary>
    public IRowReadableAs<TRow> GetRow(DataViewRow input) => new TypedRow<TRow>(_host.Start("Row"), input, _columns);

    /// <summary>A cursor over the view, and the reader of its rows.</summary>
    public (DataViewRowCursor Cursor, IRowReadableAs<TRow> Reader) GetCursor(int? randomSeed = null)
    {
        var needed = _columns.Select(column => _data.Schema[column.Index]).Distinct().ToArray();
        var cursor = _data.GetRowCursor(needed, randomSeed is { } seed ? RandomUtils.Create(seed) : null);
        return (cursor, new TypedRow<TRow>(_host.Start("Cursor"), cursor, _columns));
    }

    /// <summary>Members of types that no column can have are reported with the type they should have.</summary>
    private static void CheckMemberTypes(SchemaDefinition definition, DataViewSchema schema)
    {
        var members = definition == null
            ? RowMember.All(typeof(TRow), SchemaDefinition.Direction.Write)
            : definition.Select(column => RowMember.Find(typeof(TRow), column.MemberName)).Where(member => member != null);
        foreach (var member in members)
        {
            RowMember.IsVector(RowMember.TypeOf(member), out var actualType);
            if (actualType.TryGetDataKind(out _))
                continue;
            var attribute = (ColumnNameAttribute)Attribute.GetCustomAttribute(member, typeof(ColumnNameAttribute));
            string name = attribute?.Name ?? member.Name;
            var expected = schema[schema.GetColumnOrNull(name)?.Index ?? -1].Type.RawType;
            if (actualType != expected)
            {
                throw Contracts.ExceptParam(nameof(actualType), $"The expected type '{expected}' does not match the type of the "
                    + $"'{name}' member: '{actualType}'. Please change the {name} member to '{expected}'");
            }
        }
    }
}
