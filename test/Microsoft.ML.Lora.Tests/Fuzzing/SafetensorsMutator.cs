using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Microsoft.ML.Lora.Tests.Fuzzing;

/// <summary>Changes a safetensors file so that its header stays one: other types, shapes, names, order, padding and bytes, whatever no writer would choose.</summary>
/// <param name="random">Where the changes come from.</param>
internal sealed class SafetensorsMutator(Random random)
{
    private static readonly string[][] s_sameSize =
    [
        ["BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3"], ["I16", "U16", "F16", "BF16"], ["I32", "U32", "F32"], ["C64", "F64", "I64", "U64"],
    ];

    private static readonly string[] s_names =
        ["", " ", "a", ".", "..", "../../x", "C:\\x", "weight.\u0000", "\u001b[2J", "\u202Ename", "\uD83D\uDE00", "__metadata", "__proto__", "model.model.weight", new string('n', 5000)];

    public byte[] Mutate(byte[] content)
    {
        int length = (int)BinaryPrimitives.ReadInt64LittleEndian(content);
        JsonObject header = JsonNode.Parse(content.AsSpan(8, length))!.AsObject();
        byte[] data = content[(8 + length)..];
        for (int i = random.Next(1, 5); i > 0; i--)
            Change(header, data);
        KeyValuePair<string, JsonNode?>[] fields = [.. header];
        if (random.Next(3) == 0)
            random.Shuffle(fields);
        var ordered = new JsonObject(fields.Select(f => KeyValuePair.Create(f.Key, f.Value?.DeepClone())));
        byte[] json = Encoding.UTF8.GetBytes(ordered.ToJsonString() + new string(' ', random.Next(3) == 0 ? random.Next(20) : 0));
        byte[] prefix = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, json.Length);
        return [.. prefix, .. json, .. data];
    }

    private void Change(JsonObject header, byte[] data)
    {
        string[] names = [.. header.Select(f => f.Key).Where(k => k != "__metadata__")];
        string name = names.Length == 0 ? "" : names[random.Next(names.Length)];
        JsonObject? entry = names.Length == 0 ? null : header[name]!.AsObject();
        switch (random.Next(8))
        {
            case 0 when entry is not null:
                string type = entry["dtype"]!.GetValue<string>();
                string[] same = s_sameSize.First(group => group.Contains(type));
                entry["dtype"] = same[random.Next(same.Length)];
                break;
            case 1 when entry is not null:
                entry["shape"] = Reshaped([.. entry["shape"]!.AsArray().Select(d => long.Parse(d!.ToJsonString(), CultureInfo.InvariantCulture))]);
                break;
            case 2 when entry is not null:
                string other = s_names[random.Next(s_names.Length)];
                if (header.ContainsKey(other))
                    break;
                header.Remove(name);
                header[other] = entry;
                break;
            case 3:
                header["__metadata__"] = new JsonObject { [s_names[random.Next(s_names.Length)]] = s_names[random.Next(s_names.Length)], ["format"] = "pt" };
                break;
            case 4 when entry is not null:
                // A tensor of nothing lies where any other begins.
                JsonNode begin = entry["data_offsets"]![0]!;
                header[$"empty{random.Next(100)}"] = new JsonObject
                {
                    ["dtype"] = "F32",
                    ["shape"] = new JsonArray(0, random.Next(2) == 0 ? ByteMutator.Number(random) & int.MaxValue : 3),
                    ["data_offsets"] = new JsonArray(begin.DeepClone(), begin.DeepClone()),
                };
                break;
            default:
                for (int i = random.Next(1, 20); i > 0 && data.Length > 0; i--)
                    data[random.Next(data.Length)] = (byte)random.Next(256);
                break;
        }
    }

    /// <summary>Another shape of as many elements.</summary>
    private JsonArray Reshaped(long[] shape)
    {
        List<long> result = [.. shape];
        switch (random.Next(4))
        {
            case 0:
                result = [shape.Aggregate(1L, (a, b) => a * b)];
                break;
            case 1:
                result.InsertRange(random.Next(result.Count + 1), Enumerable.Repeat(1L, random.Next(1, 12)));
                break;
            case 2:
                result.Reverse();
                break;
            default:
                int even = result.FindIndex(d => d > 0 && d % 2 == 0);
                if (even >= 0)
                {
                    result[even] /= 2;
                    result.Insert(even, 2);
                }

                break;
        }

        return new JsonArray([.. result.Select(d => (JsonNode)JsonValue.Create(d))]);
    }
}
