using System.Diagnostics;
using System.Text.Json;
using Microsoft.ML.Lora.Text;

namespace Microsoft.ML.Lora.Tests.Fuzzing;

/// <summary>
/// Damages real tokenizer.json files and uses what still loads. Only documented exceptions may come out, and nothing may take long.
/// </summary>
internal sealed class TokenizerFuzzer
{
    /// <summary>Far above what any input took so far, far below a hang, on a busy machine.</summary>
    public static readonly TimeSpan LongestInput = TimeSpan.FromSeconds(20);

    private static readonly string[] s_texts =
        ["", "Hello, world! 123", "  a\u0301\u00E9 \u4E2D\u6587\uD83D\uDE00\uD83D  <mask>[CLS]\n\n", new string('a', 300) + new string(' ', 300), "I'll don't \u2581x \u0130\u1E9E"];

    public int Tried { get; private set; }

    /// <summary>Inputs that were JSON.</summary>
    public int PastParser { get; private set; }

    public int Loaded { get; private set; }

    public TimeSpan Worst { get; private set; }

    public SortedDictionary<string, int> Exceptions { get; } = [];

    /// <summary>What must not happen, with the seed that shows it again.</summary>
    public List<string> Faults { get; } = [];

    /// <summary>One damaged file; the same file and seed are the same input.</summary>
    public void Try(string name, byte[] content, int seed)
    {
        byte[] input = new JsonMutator(seed).Mutate(content);
        Tried++;
        var watch = Stopwatch.StartNew();
        try
        {
            if (IsJson(input))
                PastParser++;
            HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.Load([("tokenizer.json", input)]);
            Loaded++;
            foreach (string text in s_texts)
                Use(tokenizer, text);
        }
        catch (LoraFormatException e)
        {
            Count(e);
        }
        catch (Exception e)
        {
            Count(e);
            Faults.Add($"{name}, seed {seed}: {e}");
        }

        if (watch.Elapsed > Worst)
            Worst = watch.Elapsed;
        if (watch.Elapsed > LongestInput)
            Faults.Add($"{name}, seed {seed}: took {watch.Elapsed.TotalSeconds:F1} s");
    }

    private void Use(HuggingFaceTokenizer tokenizer, string text)
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
            Count(e);
        }
    }

    private void Count(Exception e) => Exceptions[e.GetType().Name] = Exceptions.GetValueOrDefault(e.GetType().Name) + 1;

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
