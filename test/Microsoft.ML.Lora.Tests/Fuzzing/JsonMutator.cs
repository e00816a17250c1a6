using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Microsoft.ML.Lora.Tests.Fuzzing;

/// <summary>Damages JSON files: mostly within what JSON allows, so that the damage gets past the parser. The same random numbers give the same damage.</summary>
/// <param name="random">Where the damage comes from.</param>
/// <param name="texts">Texts that mean something in the file; null: those of tokenizers.</param>
internal sealed class JsonMutator(Random random, IReadOnlyList<string>? texts = null)
{
    private static readonly string[] s_tokenizer =
    [
        "", " ", "\u2581", "\u0120", "a", "\uD83D\uDE00", "\u0301", "[CLS]", "Isolated", "BPE", "Unigram", "WordPiece", "WordLevel", "ByteLevel", "Metaspace", "Replace",
        "(a*)*", "\\p{L}+|(?<=x)", "[^\\s]+(?!\\S)", "(?i:x){0,9}", "((((a|b)*)+)?)*$", "first", "<0x41>", "AAAA", "//8=", "1.0", new string('x', 300),
    ];

    private readonly IReadOnlyList<string> _texts = texts ?? s_tokenizer;

    public byte[] Mutate(byte[] content)
    {
        if (random.Next(4) == 0)
            return ByteMutator.Flip(content, random);
        JsonNode root = JsonNode.Parse(content)!;
        List<JsonNode> containers = [];
        Collect(root, containers);
        for (int i = random.Next(1, 3); i > 0; i--)
            Change(containers[random.Next(containers.Count)], containers);
        return Encoding.UTF8.GetBytes(root.ToJsonString());
    }

    /// <summary>Whether a parser takes the input.</summary>
    public static bool IsJson(ReadOnlyMemory<byte> input)
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

    private void Change(JsonNode container, List<JsonNode> containers)
    {
        if (container is JsonObject fields)
        {
            if (fields.Count == 0)
                return;
            string key = fields.ElementAt(random.Next(fields.Count)).Key;
            if (random.Next(6) == 0)
                fields.Remove(key);
            else
                fields[key] = Replacement(fields[key], containers);
        }
        else if (container is JsonArray { Count: > 0 } list)
        {
            int index = random.Next(list.Count);
            if (random.Next(6) == 0)
                list.RemoveAt(index);
            else
                list[index] = Replacement(list[index], containers);
        }
    }

    /// <summary>Mostly another value of the same kind, which readers are more likely to take.</summary>
    private JsonNode? Replacement(JsonNode? present, List<JsonNode> containers)
    {
        if (present is JsonValue value && random.Next(4) != 0)
        {
            switch (value.GetValueKind())
            {
                case JsonValueKind.True or JsonValueKind.False:
                    return JsonValue.Create(value.GetValueKind() == JsonValueKind.False);
                case JsonValueKind.Number:
                    return JsonValue.Create(random.Next(4) == 0 ? ByteMutator.Number(random) : random.Next(random.Next(2) == 0 ? 4 : 2000));
                default:
                    string text = value.ToString();
                    return JsonValue.Create(random.Next(3) == 0 ? text + _texts[random.Next(_texts.Count)] : _texts[random.Next(_texts.Count)]);
            }
        }

        return OfAnyKind(present, containers);
    }

    private JsonNode? OfAnyKind(JsonNode? present, List<JsonNode> containers) => random.Next(9) switch
    {
        0 => null,
        1 => JsonValue.Create(random.Next(2) == 0),
        2 => JsonValue.Create(random.Next(-2, 4)),
        3 => JsonValue.Create(random.Next(2) == 0 ? int.MaxValue : random.Next(100_000)),
        4 => JsonValue.Create(random.NextDouble() * 1e9),
        5 => containers[random.Next(containers.Count)].DeepClone(),
        6 => new JsonArray(present?.DeepClone(), present?.DeepClone()),
        _ => JsonValue.Create(_texts[random.Next(_texts.Count)]),
    };

    /// <summary>Containers of the file without the many entries of vocabularies, which would hide all others.</summary>
    private static void Collect(JsonNode node, List<JsonNode> found)
    {
        const int MostChildren = 12;
        found.Add(node);
        IEnumerable<JsonNode?> children = node switch
        {
            JsonObject fields => fields.Select(field => field.Value),
            JsonArray list => list,
            _ => [],
        };
        foreach (JsonNode? child in children.Take(MostChildren))
        {
            if (child is JsonObject or JsonArray)
                Collect(child, found);
        }
    }
}
