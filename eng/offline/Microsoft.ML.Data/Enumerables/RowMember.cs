using System.Linq.Expressions;
using System.Reflection;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A field or property of a row class.</summary>
internal static class RowMember
{
    /// <summary>The public fields, then the public properties that can be read or written as the direction asks.</summary>
    public static IEnumerable<MemberInfo> All(Type rowType, SchemaDefinition.Direction direction)
    {
        Contracts.CheckValue(rowType, "userType");
        const BindingFlags Flags = BindingFlags.Public | BindingFlags.Instance;
        var properties = rowType.GetProperties(Flags).Where(property => property.GetIndexParameters().Length == 0
            && ((direction.HasFlag(SchemaDefinition.Direction.Read) && property.GetGetMethod() != null)
                || (direction.HasFlag(SchemaDefinition.Direction.Write) && property.GetSetMethod() != null)));
        return rowType.GetFields(Flags).Concat<MemberInfo>(properties)
            .Where(member => TypeOf(member) != typeof(IChannel) && member.GetCustomAttribute<NoColumnAttribute>() == null);
    }

    public static MemberInfo Find(Type rowType, string name) => (MemberInfo)rowType.GetField(name) ?? rowType.GetProperty(name);

    public static Type TypeOf(MemberInfo member) => member is FieldInfo field ? field.FieldType : ((PropertyInfo)member).PropertyType;

    /// <summary>What a column of this .NET type holds: strings are held as text, arrays and VBuffers are vectors.</summary>
    public static bool IsVector(Type type, out Type itemType)
    {
        bool isBuffer = type.IsGenericType && type.GetGenericTypeDefinition() == typeof(VBuffer<>);
        itemType = type.IsArray ? type.GetElementType() : isBuffer ? type.GetGenericArguments()[0] : type;
        if (itemType == typeof(string))
            itemType = typeof(ReadOnlyMemory<char>);
        return type.IsArray || isBuffer;
    }

    public static bool IsVector(string name, Type rawType, out Type itemType)
    {
        bool isVector = IsVector(rawType, out itemType);
        if (!itemType.TryGetDataKind(out _))
        {
            throw Contracts.ExceptParam(
                nameof(rawType), "Could not determine an IDataView type and registered custom types for member {0}", name);
        }
        return isVector;
    }

    public static Func<TRow, TValue> Reader<TRow, TValue>(MemberInfo member)
    {
        var row = Expression.Parameter(typeof(TRow));
        return Expression.Lambda<Func<TRow, TValue>>(Expression.MakeMemberAccess(row, member), row).Compile();
    }

    public static Action<TRow, TValue> Writer<TRow, TValue>(MemberInfo member)
    {
        // The original writes read-only fields too.
        if (member is FieldInfo { IsInitOnly: true } field)
            return (target, content) => field.SetValue(target, content);
        var row = Expression.Parameter(typeof(TRow));
        var value = Expression.Parameter(typeof(TValue));
        return Expression.Lambda<Action<TRow, TValue>>(Expression.Assign(Expression.MakeMemberAccess(row, member), value), row, value).Compile();
    }
}
