using System.Collections.Immutable;
using System.Reflection.Metadata;

namespace Signatures;

/// <summary>Writes the types of compiled signatures as the lists do, type parameters by position.</summary>
internal sealed class SignatureNames(MetadataReader reader) : ISignatureTypeProvider<string, object?>
{
    public string GetArrayType(string elementType, ArrayShape shape) => Nest(elementType, "[" + new string(',', shape.Rank - 1) + "]");

    public string GetByReferenceType(string elementType) => elementType + "&";

    public string GetFunctionPointerType(MethodSignature<string> signature) => "delegate*";

    public string GetGenericInstantiation(string genericType, ImmutableArray<string> typeArguments)
    {
        // The name carries a mark per level: Outer`1.Inner`2.
        var used = 0;
        var parts = genericType.Split('.');
        for (var k = 0; k < parts.Length; k++)
        {
            var tick = parts[k].IndexOf('`', StringComparison.Ordinal);
            if (tick >= 0)
            {
                var count = int.Parse(parts[k][(tick + 1)..], System.Globalization.CultureInfo.InvariantCulture);
                parts[k] = parts[k][..tick] + "<" + string.Join(", ", typeArguments.Skip(used).Take(count)) + ">";
                used += count;
            }
        }
        return string.Join('.', parts);
    }

    public string GetGenericMethodParameter(object? genericContext, int index) => "!!" + index;

    public string GetGenericTypeParameter(object? genericContext, int index) => "!" + index;

    public string GetModifiedType(string modifier, string unmodifiedType, bool isRequired) => unmodifiedType;

    public string GetPinnedType(string elementType) => elementType;

    public string GetPointerType(string elementType) => elementType + "*";

    public string GetPrimitiveType(PrimitiveTypeCode typeCode) => typeCode switch
    {
        PrimitiveTypeCode.IntPtr or PrimitiveTypeCode.UIntPtr or PrimitiveTypeCode.TypedReference => "System." + typeCode,
        _ => Names.Keyword("System." + typeCode),
    };

    public string GetSZArrayType(string elementType) => Nest(elementType, "[]");

    public string GetTypeFromDefinition(MetadataReader metadata, TypeDefinitionHandle handle, byte rawTypeKind)
    {
        var type = metadata.GetTypeDefinition(handle);
        var name = metadata.GetString(type.Name);
        return type.GetDeclaringType() is { IsNil: false } outer
            ? GetTypeFromDefinition(metadata, outer, 0) + "." + name
            : Full(metadata.GetString(type.Namespace), name);
    }

    public string GetTypeFromReference(MetadataReader metadata, TypeReferenceHandle handle, byte rawTypeKind)
    {
        var type = metadata.GetTypeReference(handle);
        var name = metadata.GetString(type.Name);
        return type.ResolutionScope.Kind == HandleKind.TypeReference
            ? GetTypeFromReference(metadata, (TypeReferenceHandle)type.ResolutionScope, 0) + "." + name
            : Full(metadata.GetString(type.Namespace), name);
    }

    public string GetTypeFromSpecification(MetadataReader metadata, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind) =>
        metadata.GetTypeSpecification(handle).DecodeSignature(this, genericContext);

    /// <summary>The assembly that a reference points to, through enclosing types.</summary>
    public string? AssemblyOf(TypeReferenceHandle handle)
    {
        var scope = reader.GetTypeReference(handle).ResolutionScope;
        return scope.Kind switch
        {
            HandleKind.TypeReference => AssemblyOf((TypeReferenceHandle)scope),
            HandleKind.AssemblyReference => reader.GetString(reader.GetAssemblyReference((AssemblyReferenceHandle)scope).Name),
            _ => null,
        };
    }

    private static string Full(string space, string name) => Names.Keyword(space.Length == 0 ? name : space + "." + name);

    // C# writes the outer dimension of nested arrays first.
    private static string Nest(string elementType, string suffix)
    {
        var bracket = elementType.EndsWith(']') ? elementType.LastIndexOf('>') + 1 : elementType.Length;
        var first = elementType.IndexOf('[', Math.Min(bracket, elementType.Length));
        return first < 0 ? elementType + suffix : elementType[..first] + suffix + elementType[first..];
    }
}
