using System.Buffers.Binary;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Microsoft.ML.Lora.Publicizer;

/// <summary>
/// Makes named internal types of an assembly, and their internal members, visible to a compiler, by changing visibility flags in the
/// metadata tables in place. Nothing else of the file changes. The result is a reference for compiling, never to be run.
/// </summary>
/// <remarks>
/// Private and protected members keep their visibility: an override must repeat the flags of the real assembly.
/// Only the named types change, so that the build itself holds the list of internals that the product leans on.
/// </remarks>
internal static class VisibilityPatcher
{
    /// <summary>Returns the patched image and the names of <paramref name="typeNames"/> that the assembly defines.</summary>
    /// <param name="image">The assembly as read from disk; not changed.</param>
    /// <param name="typeNames">Full names; a nested type is written <c>Outer+Nested</c>.</param>
    public static (byte[] Image, IReadOnlyCollection<string> Found) Patch(byte[] image, IReadOnlySet<string> typeNames)
    {
        var patched = (byte[])image.Clone();
        using var file = new PEReader(new MemoryStream(image, writable: false));
        MetadataReader reader = file.GetMetadataReader();
        int metadata = file.PEHeaders.MetadataStartOffset;

        // ECMA-335 II.22: TypeDef = Flags(4)...; MethodDef = RVA(4), ImplFlags(2), Flags(2)...; Field = Flags(2)...
        Span<byte> Cell(TableIndex table, EntityHandle row, int column) => patched.AsSpan(
            metadata + reader.GetTableMetadataOffset(table) + (MetadataTokens.GetRowNumber(row) - 1) * reader.GetTableRowSize(table) + column);

        var found = new HashSet<string>(StringComparer.Ordinal);
        foreach (TypeDefinitionHandle handle in reader.TypeDefinitions)
        {
            TypeDefinition type = reader.GetTypeDefinition(handle);
            string name = FullName(reader, type);
            if (!typeNames.Contains(name))
                continue;
            found.Add(name);

            TypeAttributes visible = type.IsNested ? TypeAttributes.NestedPublic : TypeAttributes.Public;
            BinaryPrimitives.WriteUInt32LittleEndian(
                Cell(TableIndex.TypeDef, handle, 0), (uint)((type.Attributes & ~TypeAttributes.VisibilityMask) | visible));

            foreach (MethodDefinitionHandle method in type.GetMethods())
            {
                MethodAttributes flags = reader.GetMethodDefinition(method).Attributes;
                if ((flags & MethodAttributes.MemberAccessMask) == MethodAttributes.Assembly)
                    BinaryPrimitives.WriteUInt16LittleEndian(
                        Cell(TableIndex.MethodDef, method, 6), (ushort)((flags & ~MethodAttributes.MemberAccessMask) | MethodAttributes.Public));
            }

            foreach (FieldDefinitionHandle field in type.GetFields())
            {
                FieldAttributes flags = reader.GetFieldDefinition(field).Attributes;
                if ((flags & FieldAttributes.FieldAccessMask) == FieldAttributes.Assembly)
                    BinaryPrimitives.WriteUInt16LittleEndian(
                        Cell(TableIndex.Field, field, 0), (ushort)((flags & ~FieldAttributes.FieldAccessMask) | FieldAttributes.Public));
            }
        }

        return (patched, found);
    }

    private static string FullName(MetadataReader reader, TypeDefinition type)
    {
        string name = reader.GetString(type.Name);
        if (type.IsNested)
            return FullName(reader, reader.GetTypeDefinition(type.GetDeclaringType())) + "+" + name;
        string space = reader.GetString(type.Namespace);
        return space.Length == 0 ? name : space + "." + name;
    }
}
