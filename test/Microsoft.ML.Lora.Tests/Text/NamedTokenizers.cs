using Microsoft.ML.Lora.Text;

namespace Microsoft.ML.Lora.Tests.Text;

/// <summary>Tokenizers that records name without a path: the record file of the same name in <c>real</c> says where they are.</summary>
internal static class NamedTokenizers
{
    /// <summary>The tokenizer, or null where this selection lacks it.</summary>
    public static HuggingFaceTokenizer? Load(string name)
    {
        string record = TokenizerGoldens.Folder("real", name + ".json.gz");
        if (!File.Exists(record))
            return null;
        System.Text.Json.JsonElement file = TokenizerGoldens.ReadJson(record);
        string? path = TokenizerGoldens.Locate(file.GetProperty("tokenizer").GetString()!);
        return path is null ? null : TokenizerGoldens.LoadTokenizer(path, file.GetProperty("edits"));
    }
}
