using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.ML.Lora.Checkpoints;
using Microsoft.ML.Lora.Models;

namespace Microsoft.ML.Lora.Estimators;

/// <summary>What a saved model notes of its base model, to find it and to refuse another: <c>base_model.json</c>.</summary>
/// <param name="Id">The name that messages give it.</param>
/// <param name="Fingerprint">A hash of all its tensors: what counts.</param>
/// <param name="Folder">Where it lay when the model was trained; looked at first, and nothing more than a hint.</param>
/// <param name="Config">Its config.json, so that one can see what it was.</param>
/// <param name="Revision">The commit of the hub's repository <paramref name="Id"/> that it was; null for a folder, and in older models.</param>
internal sealed record BaseModelIdentity(string Id, string Fingerprint, string? Folder, JsonElement Config, string? Revision = null)
{
    private static readonly JsonSerializerOptions _json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    [JsonIgnore]
    public BaseModelReference Reference => new(Id, Fingerprint, Revision);

    public static BaseModelIdentity Of(BaseModel model) => new(
        model.Id,
        model.Fingerprint,
        ReferenceEquals(model, BaseModel.MiniEncoder) ? null : model.Directory,
        model.Files.Json.Root,
        model.Revision);

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, _json);

    /// <exception cref="LoraFormatException">The bytes are not such a document.</exception>
    public static BaseModelIdentity FromJson(byte[] utf8, string file)
    {
        try
        {
            BaseModelIdentity? identity = JsonSerializer.Deserialize<BaseModelIdentity>(utf8, _json);
            if (identity is { Id: not null, Fingerprint: not null })
                return identity;
        }
        catch (JsonException e)
        {
            throw new LoraFormatException($"'{file}': {JsonText.Reason(e)}", e);
        }

        throw new LoraFormatException($"'{file}': it names no base model.");
    }
}
