using System.Reflection;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A schema definition that was checked against the row class it is for.</summary>
internal sealed class InternalSchemaDefinition
{
    private InternalSchemaDefinition(Column[] columns) => Columns = columns;

    public Column[] Columns { get; }

    public static InternalSchemaDefinition Create(Type userType, SchemaDefinition.Direction direction)
        => Create(userType, SchemaDefinition.Create(userType, direction));

    public static InternalSchemaDefinition Create(Type userType, SchemaDefinition userSchemaDefinition)
        => new((userSchemaDefinition ?? SchemaDefinition.Create(userType)).Select(column => Bind(userType, column)).ToArray());

    public DataViewSchema ToSchema()
        => SchemaExtensions.MakeSchema(Columns.Select(
            column => new DataViewSchema.DetachedColumn(column.ColumnName, column.ColumnType, column.Annotations)));

    private static Column Bind(Type userType, SchemaDefinition.Column column)
    {
        const string Parameter = "userSchemaDefinition";
        var member = RowMember.Find(userType, column.MemberName) ?? throw Contracts.ExceptParam(
            Parameter, "No field or property with name '{0}' found in type '{1}'", column.MemberName, userType.FullName);
        bool isVector = RowMember.IsVector(member.Name, RowMember.TypeOf(member), out var rawType);
        string name = string.IsNullOrEmpty(column.ColumnName) ? column.MemberName : column.ColumnName;
        var type = column.ColumnType;
        if (type == null)
        {
            var itemType = ColumnTypeExtensions.PrimitiveTypeFromType(rawType);
            type = isVector ? new VectorDataViewType(itemType) : itemType;
        }
        if (isVector != type is VectorDataViewType)
        {
            throw Contracts.ExceptParam(Parameter,
                "Column '{0}' is supposed to be {1}, but type of associated field '{2}' is {3}",
                name, isVector ? "scalar" : "vector", column.MemberName, isVector ? "vector" : "scalar");
        }
        if (type.GetItemType().RawType != rawType)
        {
            throw Contracts.ExceptParam(Parameter,
                "Column '{0}' is supposed to have item type {1}, but associated field has type {2}",
                name, type.GetItemType().RawType, rawType);
        }
        return new Column(name, type, member, column.Annotations);
    }

    /// <summary>A column and the member that holds its values.</summary>
    public sealed record Column(string ColumnName, DataViewType ColumnType, MemberInfo Member, DataViewSchema.Annotations Annotations)
    {
        public Type MemberType => RowMember.TypeOf(Member);
    }
}
