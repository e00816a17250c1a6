using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Marks a member as holding a key: a number below a count.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property, AllowMultiple = false, Inherited = true)]
public sealed class KeyTypeAttribute : Attribute
{
    public KeyTypeAttribute() => throw Contracts.ExceptNotSupp("Using KeyType without the Count parameter is not supported");

    public KeyTypeAttribute(ulong count) => KeyCount = count;

    internal ulong KeyCount { get; }
}
