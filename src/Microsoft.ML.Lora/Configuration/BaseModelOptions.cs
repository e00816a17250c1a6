namespace Microsoft.ML.Lora;

/// <summary>How a base model's folder is used.</summary>
public sealed class BaseModelOptions
{
    /// <summary>The name that saved models and messages give the base.</summary>
    /// <value>Default: null, the folder's name.</value>
    public string? Id { get; set; }

    /// <summary>How token states become one vector.</summary>
    /// <value>
    /// Default: null. Then the folder decides (<c>modules.json</c> and <c>1_Pooling/config.json</c>); where it says nothing, the family's own
    /// pooler is used where the checkpoint has one, else the mean.
    /// </value>
    public PoolingMode? Pooling { get; set; }

    /// <summary>Whether weights may be mapped from the file instead of copied, where type and alignment allow.</summary>
    /// <value>Default: <see cref="BaseModelMapping.Auto"/>.</value>
    public BaseModelMapping Mapping { get; set; }
}
