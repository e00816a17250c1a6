using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Signatures;

/// <summary>One use of a package's type or member by compiled code.</summary>
/// <param name="Assembly">The package's assembly.</param>
/// <param name="Type">The package's type, generic parameters not named (Module`2).</param>
/// <param name="Member">Name and parameter types, or null for the type itself.</param>
/// <param name="User">Namespace and outermost type of the code, or null for attributes of the assembly.</param>
internal sealed record Reference(string Assembly, string Type, string? Member, string? User);

/// <summary>Reads from IL and metadata which members of other assemblies a compiled assembly refers to.</summary>
internal static class References
{
    private static readonly Dictionary<ushort, OperandType> s_operands = typeof(OpCodes).GetFields()
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => unchecked((ushort)code.Value), code => code.OperandType);

    public static List<Reference> Read(string path, IReadOnlySet<string> assemblies)
    {
        using var file = new PEReader(File.OpenRead(path));
        var reader = file.GetMetadataReader();
        var names = new SignatureNames(reader);
        var found = new HashSet<Reference>();
        // Everything in the tables, whoever uses it; who does is added from the method bodies.
        foreach (var handle in reader.TypeReferences)
        {
            Add(handle, null);
        }
        foreach (var handle in reader.MemberReferences)
        {
            Add(handle, null);
        }
        foreach (var typeHandle in reader.TypeDefinitions)
        {
            var type = reader.GetTypeDefinition(typeHandle);
            var user = Outermost(reader, typeHandle);
            if (!type.BaseType.IsNil)
            {
                Add(type.BaseType, user);
            }
            foreach (var implemented in type.GetInterfaceImplementations())
            {
                Add(reader.GetInterfaceImplementation(implemented).Interface, user);
            }
            foreach (var attribute in type.GetCustomAttributes())
            {
                Add(reader.GetCustomAttribute(attribute).Constructor, user);
            }
            foreach (var methodHandle in type.GetMethods())
            {
                var method = reader.GetMethodDefinition(methodHandle);
                if (method.RelativeVirtualAddress != 0)
                {
                    foreach (var token in Tokens(file.GetMethodBody(method.RelativeVirtualAddress)))
                    {
                        Add(token, user);
                    }
                }
            }
        }
        return [.. found];

        void Add(EntityHandle handle, string? user)
        {
            switch (handle.Kind)
            {
                case HandleKind.TypeReference:
                    var reference = (TypeReferenceHandle)handle;
                    if (names.AssemblyOf(reference) is { } assembly && assemblies.Contains(assembly))
                    {
                        found.Add(new Reference(assembly, names.GetTypeFromReference(reader, reference, 0), null, user));
                    }
                    break;
                case HandleKind.MethodSpecification:
                    Add(reader.GetMethodSpecification((MethodSpecificationHandle)handle).Method, user);
                    break;
                case HandleKind.MemberReference:
                    AddMember(reader.GetMemberReference((MemberReferenceHandle)handle), user);
                    break;
            }
        }

        void AddMember(MemberReference member, string? user)
        {
            var parent = member.Parent.Kind switch
            {
                HandleKind.TypeReference => (TypeReferenceHandle)member.Parent,
                HandleKind.TypeSpecification => GenericType(reader, (TypeSpecificationHandle)member.Parent),
                _ => default,
            };
            if (parent.IsNil || names.AssemblyOf(parent) is not { } assembly || !assemblies.Contains(assembly))
            {
                return;
            }
            var name = reader.GetString(member.Name);
            string key;
            if (member.GetKind() == MemberReferenceKind.Field)
            {
                key = $"{name}: {member.DecodeFieldSignature(names, null)}";
            }
            else
            {
                key = $"{name}({string.Join(", ", member.DecodeMethodSignature(names, null).ParameterTypes)})";
            }
            found.Add(new Reference(assembly, names.GetTypeFromReference(reader, parent, 0), key, user));
        }
    }

    private static string Outermost(MetadataReader reader, TypeDefinitionHandle handle)
    {
        var type = reader.GetTypeDefinition(handle);
        return type.GetDeclaringType() is { IsNil: false } outer
            ? Outermost(reader, outer)
            : reader.GetString(type.Namespace) + "." + reader.GetString(type.Name);
    }

    private static TypeReferenceHandle GenericType(MetadataReader reader, TypeSpecificationHandle handle)
    {
        var blob = reader.GetBlobReader(reader.GetTypeSpecification(handle).Signature);
        if (blob.ReadSignatureTypeCode() != SignatureTypeCode.GenericTypeInstance)
        {
            return default;
        }
        blob.ReadByte(); // class or value type
        var type = blob.ReadTypeHandle();
        return type.Kind == HandleKind.TypeReference ? (TypeReferenceHandle)type : default;
    }

    private static IEnumerable<EntityHandle> Tokens(MethodBodyBlock body)
    {
        var tokens = new List<EntityHandle>();
        var il = body.GetILReader();
        while (il.RemainingBytes > 0)
        {
            ushort code = il.ReadByte();
            if (code == 0xFE)
            {
                code = (ushort)(0xFE00 | il.ReadByte());
            }
            switch (s_operands[code])
            {
                case OperandType.InlineMethod:
                case OperandType.InlineField:
                case OperandType.InlineType:
                case OperandType.InlineTok:
                    tokens.Add(MetadataTokens.EntityHandle(il.ReadInt32()));
                    break;
                case OperandType.InlineSwitch:
                    int targets = il.ReadInt32(); // reading moves the offset, so it comes first
                    il.Offset += 4 * targets;
                    break;
                case OperandType.InlineI8:
                case OperandType.InlineR:
                    il.Offset += 8;
                    break;
                case OperandType.InlineNone:
                    break;
                case OperandType.ShortInlineBrTarget:
                case OperandType.ShortInlineI:
                case OperandType.ShortInlineVar:
                    il.Offset += 1;
                    break;
                case OperandType.InlineVar:
                    il.Offset += 2;
                    break;
                default:
                    il.Offset += 4;
                    break;
            }
        }
        return tokens;
    }
}
