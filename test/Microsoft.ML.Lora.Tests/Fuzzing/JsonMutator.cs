using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Microsoft.ML.Lora.Tests.Fuzzing;

/// <summary>Damages JSON files: mostly within what JSON allows, so that the damage gets past the parser. The same seed gives the same damage.</summary>
internal sealed class JsonMutator(int seed)
{
    private static readonly string[] s_texts =
    [
        "", " ", "\u2581", "\u0120", "a", "\uD83D\uDE00", "\u0301", "[CLS]", "Isolated", "BPE", "Unigram", "WordPiece", "WordLevel", "ByteLevel", "Metaspace", "Replace",
        "(a*)*", "\\p{L}+|(?<=x)", "[^\\s]+(?!\\S)", "(?i:x){0,9}", "((((a|b)*)+)?)*$", "first", "<0x41>", "AAAA", "//8=", "1.0", new string('x', 300),
    ];

    private readonly Random _random = new(seed);

    public byte[] Mutate(byte[] content)
    {
        if (_random.Next(4) == 0)
            return Flip(content);
        JsonNode root = JsonNode.Parse(content)!;
        List<JsonNode> containers = [];
        Collect(root, containers);
        for (int i = _random.Next(1, 3); i > 0; i--)
            Change(containers[_random.Next(containers.Count)], containers);
        return Encoding.UTF8.GetBytes(root.ToJsonString());
    }

    private byte[] Flip(byte[] content)
    {
        byte[] copy = [.. content];
        for (int i = _random.Next(1, 8); i > 0; i--)
            copy[_random.Next(copy.Length)] = (byte)_random.Next(256);
        return _random.Next(3) == 0 ? copy[.._random.Next(copy.Length)] : copy;
    }

    private void Change(JsonNode container, List<JsonNode> containers)
    {
        if (container is JsonObject fields)
        {
            if (fields.Count == 0)
                return;
            string key = fields.ElementAt(_random.Next(fields.Count)).Key;
            if (_random.Next(6) == 0)
                fields.Remove(key);
            else
                fields[key] = Replacement(fields[key], containers);
        }
        else if (container is JsonArray { Count: > 0 } list)
        {
            int index = _random.Next(list.Count);
            if (_random.Next(6) == 0)
                list.RemoveAt(index);
            else
                list[index] = Replacement(list[index], containers);
        }
    }

    /// <summary>Mostly another value of the same kind, which readers are more likely to take.</summary>
    private JsonNode? Replacement(JsonNode? present, List<JsonNode> containers)
    {
        if (present is JsonValue value && _random.Next(4) != 0)
        {
            switch (value.GetValueKind())
            {
                case JsonValueKind.True or JsonValueKind.False:
                    return JsonValue.Create(value.GetValueKind() == JsonValueKind.False);
                case JsonValueKind.Number:
                    return JsonValue.Create(_random.Next(_random.Next(2) == 0 ? 4 : 2000));
                default:
                    string text = value.ToString();
                    return JsonValue.Create(_random.Next(3) == 0 ? text + s_texts[_random.Next(s_texts.Length)] : s_texts[_random.Next(s_texts.Length)]);
            }
        }

        return OfAnyKind(present, containers);
    }

    private JsonNode? OfAnyKind(JsonNode? present, List<JsonNode> containers) => _random.Next(9) switch
    {
        0 => null,
        1 => JsonValue.Create(_random.Next(2) == 0),
        2 => JsonValue.Create(_random.Next(-2, 4)),
        3 => JsonValue.Create(_random.Next(2) == 0 ? int.MaxValue : _random.Next(100_000)),
        4 => JsonValue.Create(_random.NextDouble() * 1e9),
        5 => containers[_random.Next(containers.Count)].DeepClone(),
        6 => new JsonArray(present?.DeepClone(), present?.DeepClone()),
        _ => JsonValue.Create(s_texts[_random.Next(s_texts.Length)]),
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
