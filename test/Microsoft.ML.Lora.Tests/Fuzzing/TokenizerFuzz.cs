using System.Text;
using Microsoft.ML.Lora.Text;

namespace Microsoft.ML.Lora.Tests.Fuzzing;

/// <summary>tokenizer.json and sentencepiece models, by themselves and under the name of a class: what still loads must encode and decode.</summary>
/// <param name="files">Real files; a sentencepiece model's name ends with <c>.model</c>.</param>
internal sealed class TokenizerFuzz(IReadOnlyList<FuzzFile> files) : FuzzFormat
{
    private static readonly string[] s_texts =
        ["", "Hello, world! 123", "  a\u0301\u00E9 \u4E2D\u6587\uD83D\uDE00\uD83D  <mask>[CLS]\n\n", new string('a', 300) + new string(' ', 300), "I'll don't \u2581x \u0130\u1E9E"];

    private static readonly string?[] s_classes = [null, "BertTokenizer", "GPT2Tokenizer", null, "RobertaTokenizer", "T5Tokenizer", null, "LlamaTokenizer"];

    public override string Name => "tokenizer";

    public override IReadOnlyList<FuzzFile> Files => files;

    public override byte[] Mutate(FuzzFile file, Random random) =>
        IsModel(file) ? ByteMutator.Flip(file.Content, random) : new JsonMutator(random).Mutate(file.Content);

    /// <summary>Patterns, tables and padding cost memory that the file's length says little of.</summary>
    public override long MostBytes(long length) => (256L << 20) + (1000 * length);

    // Encode's documentation names it: an unknown token that the vocabulary lacks, a pair that the template cannot take.
    public override string? Objection(FuzzFile file, Exception exception) => exception is InvalidOperationException ? null : base.Objection(file, exception);

    public override void Read(FuzzFile file, byte[] input, FuzzProgress progress)
    {
        progress.IsPastHeader = IsModel(file) ? HasFields(input) : JsonMutator.IsJson(input);
        HuggingFaceTokenizer tokenizer = LoadDocumented(IsModel(file) ? "tokenizer.model" : "tokenizer.json", input);
        progress.IsAccepted = true;
        foreach (string text in s_texts)
            Use(tokenizer, text, progress);
    }

    private static bool IsModel(FuzzFile file) => file.Name.EndsWith(".model", StringComparison.Ordinal);

    private static HuggingFaceTokenizer LoadDocumented(string name, byte[] input)
    {
        // The input itself chooses, so that it gives the same again.
        string? className = s_classes[input.Length % s_classes.Length];
        (string, byte[])[] files = className is null
            ? [(name, input)]
            : [(name, input), ("tokenizer_config.json", Encoding.UTF8.GetBytes($$"""{"tokenizer_class":"{{className}}"}"""))];
        try
        {
            return HuggingFaceTokenizer.Load(files);
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

    /// <summary>Whether the bytes are fields of a protobuf message, whatever is in them.</summary>
    private static bool HasFields(byte[] input)
    {
        for (int at = 0; at < input.Length;)
        {
            if (!TryVarint(out ulong key))
                return false;
            ulong length = (key & 7) switch { 0 => TryVarint(out _) ? 0UL : ulong.MaxValue, 1 => 8, 5 => 4, 2 => TryVarint(out ulong bytes) ? bytes : ulong.MaxValue, _ => ulong.MaxValue };
            if (length > (ulong)(input.Length - at))
                return false;
            at += (int)length;

            bool TryVarint(out ulong value)
            {
                value = 0;
                for (int shift = 0; at < input.Length && shift < 64; shift += 7)
                {
                    byte next = input[at++];
                    value |= (ulong)(next & 127) << shift;
                    if (next < 128)
                        return true;
                }

                return false;
            }
        }

        return true;
    }
}
