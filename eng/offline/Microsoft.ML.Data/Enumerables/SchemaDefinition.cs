using System.Reflection;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>How the members of a row class become columns; open to changes before it is used.</summary>
public sealed partial class SchemaDefinition : List<SchemaDefinition.Column>
{
    private SchemaDefinition()
    {
    }

    /// <summary>Which members count: those that can be read, written, or either.</summary>
    [Flags]
    public enum Direction
    {
        Read = 1,
        Write = 2,
        Both = Read | Write,
    }

    public Column this[string columnName]
    {
        get => this.FirstOrDefault(column => column.ColumnName == columnName);
        set
        {
            Contracts.CheckValue(value, nameof(value));
            if (value.ColumnName != columnName)
            {
                throw Contracts.ExceptParam(nameof(columnName),
                    "The column name is specified as '{0}' but must match the selector '{1}'.", value.ColumnName, columnName);
            }
            int index = FindIndex(column => column.ColumnName == columnName);
            if (index >= 0)
                this[index] = value;
            else
                Add(value);
        }
    }

    public static SchemaDefinition Create(Type userType, Direction direction = Direction.Both)
    {
        var definition = new SchemaDefinition();
        var names = new HashSet<string>();
        foreach (var member in RowMember.All(userType, direction))
        {
            string name = member.GetCustomAttribute<ColumnNameAttribute>()?.Name ?? member.Name;
            if (!names.Add(name))
                throw Contracts.ExceptParam(nameof(userType), "Duplicate column name '{0}' detected, this is disallowed", name);
            definition.Add(new Column(member.Name, ColumnTypeOf(userType, member), name));
        }
        return definition;
    }

    private static DataViewType ColumnTypeOf(Type userType, MemberInfo member)
    {
        bool isVector = RowMember.IsVector(member.Name, RowMember.TypeOf(member), out var rawType);
        var key = member.GetCustomAttribute<KeyTypeAttribute>();
        if (key != null && !KeyDataViewType.IsValidDataType(rawType))
        {
            throw Contracts.ExceptParam(nameof(userType),
                "Member {0} marked with KeyType attribute, but does not appear to be a valid kind of data for a key type", member.Name);
        }
        var itemType = key != null ? new KeyDataViewType(rawType, key.KeyCount) : ColumnTypeExtensions.PrimitiveTypeFromType(rawType);
        var vector = member.GetCustomAttribute<VectorTypeAttribute>();
        if (vector != null && !isVector)
        {
            throw Contracts.ExceptParam(nameof(userType),
                $"Member {member.Name} marked with VectorTypeAttribute, but does not appear to be a vector type");
        }
        if (!isVector)
            return itemType;
        return vector?.Dimensions is { Length: > 0 } dimensions
            ? new VectorDataViewType(itemType, dimensions)
            : new VectorDataViewType(itemType);
    }
}
