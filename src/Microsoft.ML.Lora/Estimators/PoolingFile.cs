using System.Text.Json;
using Microsoft.ML.Lora.Checkpoints;
using Microsoft.ML.Lora.Models;

namespace Microsoft.ML.Lora.Estimators;

/// <summary>How a saved model notes its pooling: PEFT's format has no place for it.</summary>
internal static class PoolingFile
{
    public static byte[] Write(PoolingSettings settings) =>
        JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string> { ["pooling"] = settings.ToString() });

    /// <exception cref="LoraFormatException">The file is not valid or names an unknown pooling.</exception>
    public static PoolingSettings Read(byte[] json, string file)
    {
        try
        {
            string text = JsonSerializer.Deserialize<Dictionary<string, string>>(json)?["pooling"] ?? "";
            return PoolingSettings.Parse(text);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException)
        {
            throw new LoraFormatException($"'{file}': {JsonText.Reason(e)}", e);
        }
    }
}
