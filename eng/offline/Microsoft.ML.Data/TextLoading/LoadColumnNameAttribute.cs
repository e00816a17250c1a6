namespace Microsoft.ML.Data;

/// <summary>The names of the fields a member is read from.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property, AllowMultiple = false, Inherited = true)]
public sealed class LoadColumnNameAttribute : Attribute
{
    public LoadColumnNameAttribute(string fieldName) => Sources = [fieldName];

    public LoadColumnNameAttribute(params string[] fieldNames) => Sources = [.. fieldNames];

    internal IReadOnlyList<string> Sources { get; }
}
