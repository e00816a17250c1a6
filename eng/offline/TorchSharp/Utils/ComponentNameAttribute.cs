namespace TorchSharp.Utils;

/// <summary>The name of a field in state dictionaries, where it differs from the field's own.</summary>
[AttributeUsage(AttributeTargets.Field)]
public class ComponentNameAttribute : Attribute
{
    public string? Name { get; set; }
}
