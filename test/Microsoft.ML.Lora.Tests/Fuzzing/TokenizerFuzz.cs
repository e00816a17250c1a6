using System.Text.Json;
using Microsoft.ML.Lora.Text;

namespace Microsoft.ML.Lora.Tests.Fuzzing;

/// <summary>tokenizer.json: what still loads must encode and decode.</summary>
/// <param name="files">Real tokenizer.json files.</param>
internal sealed class TokenizerFuzz(IReadOnlyList<FuzzFile> files) : FuzzFormat
{
    private static readonly string[] s_texts =
        ["", "Hello, world! 123", "  a\u0301\u00E9 \u4E2D\u6587\uD83D\uDE00\uD83D  <mask>[CLS]\n\n", new string('a', 300) + new string(' ', 300), "I'll don't \u2581x \u0130\u1E9E"];

    public override string Name => "tokenizer";

    public override IReadOnlyList<FuzzFile> Files => files;

    public override byte[] Mutate(FuzzFile file, Random random) => new JsonMutator(random).Mutate(file.Content);

    /// <summary>Patterns, tables and padding cost memory that the file's length says little of.</summary>
    public override long MostBytes(long length) => (256L << 20) + (1000 * length);

    // Encode's documentation names it: an unknown token that the vocabulary lacks, a pair that the template cannot take.
    public override string? Objection(FuzzFile file, Exception exception) => exception is InvalidOperationException ? null : base.Objection(file, exception);

    public override void Read(FuzzFile file, byte[] input, FuzzProgress progress)
    {
        progress.IsPastHeader = IsJson(input);
        HuggingFaceTokenizer tokenizer = LoadDocumented(input);
        progress.IsAccepted = true;
        foreach (string text in s_texts)
            Use(tokenizer, text, progress);
    }

    private static HuggingFaceTokenizer LoadDocumented(byte[] input)
    {
        try
        {
            return HuggingFaceTokenizer.Load([("tokenizer.json", input)]);
        }
        catch (InvalidOperationException e)
        {
            throw new InvalidDataException("Loading documents LoraFormatException alone.", e);
        }
    }

    private static void Use(HuggingFaceTokenizer tokenizer, string text, FuzzProgress progress)
    {
        try
        {
            HuggingFaceEncoding encoding = tokenizer.Encode(text, text.Length % 2 == 0 ? null : "b");
            foreach ((int start, int end) in encoding.Offsets)
            {
                if (start < 0 || end < start || end > Math.Max(text.Length, 1))
                    throw new ArithmeticException($"The range {start}..{end} is not in a text of {text.Length} units.");
            }

            tokenizer.Decode(encoding.Ids, skipSpecialTokens: true);
            tokenizer.EncodeToIds(text);
        }
        catch (InvalidOperationException e)
        {
            progress.Exceptions.Add(e);
        }
    }

    private static bool IsJson(byte[] input)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(input);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
