using System.Text.Json;
using Microsoft.ML.Lora.Text;

namespace Microsoft.ML.Lora.Tests.Text;

/// <summary>
/// Tokenizers that records name without a path: the record file of the same name in <c>real</c> says where they are, else they are in <c>small</c>.
/// </summary>
internal static class NamedTokenizers
{
    /// <summary>The tokenizer, or null where this selection lacks it.</summary>
    public static HuggingFaceTokenizer? Load(string name) =>
        Find(name) is (string path, var edits) ? TokenizerGoldens.LoadTokenizer(path, edits) : null;

    /// <summary>The tokenizer.json with the edits of its record, or null where this selection lacks it.</summary>
    public static (string Path, JsonElement? Edits)? Find(string name)
    {
        string record = TokenizerGoldens.Folder("real", name + ".json.gz");
        if (!File.Exists(record))
        {
            string small = TokenizerGoldens.Folder("small", name + ".tokenizer.json");
            return File.Exists(small) ? (small, null) : null;
        }

        JsonElement file = TokenizerGoldens.ReadJson(record);
        return TokenizerGoldens.Locate(file.GetProperty("tokenizer").GetString()!) is string path ? (path, file.GetProperty("edits")) : null;
    }
}
