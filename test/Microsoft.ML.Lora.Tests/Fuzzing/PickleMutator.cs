using System.Buffers.Binary;
using System.Text;

namespace Microsoft.ML.Lora.Tests.Fuzzing;

/// <summary>Damages pickles opcode by opcode, so that most of the damage is read as opcodes again.</summary>
internal static class PickleMutator
{
    private static readonly byte[][] s_foreign =
    [
        "cos\nsystem\n"u8.ToArray(), "c__builtin__\neval\n"u8.ToArray(), "ctorch._utils\n_rebuild_tensor_v2\n"u8.ToArray(), "ctorch._utils\n_rebuild_tensor_v3\n"u8.ToArray(),
        "ctorch._utils\n_rebuild_parameter\n"u8.ToArray(), "ctorch\nFloatStorage\n"u8.ToArray(), "ctorch\nLongStorage\n"u8.ToArray(), "ctorch.storage\nUntypedStorage\n"u8.ToArray(),
        "ctorch\nfloat32\n"u8.ToArray(), "ctorch\nSize\n"u8.ToArray(), "ccollections\nOrderedDict\n"u8.ToArray(), "c_codecs\nencode\n"u8.ToArray(), "c__builtin__\nbytes\n"u8.ToArray(),
        "R"u8.ToArray(), "b"u8.ToArray(), "Q"u8.ToArray(), "("u8.ToArray(), "t"u8.ToArray(), ")"u8.ToArray(), "]"u8.ToArray(), "}"u8.ToArray(), "a"u8.ToArray(), "e"u8.ToArray(),
        "s"u8.ToArray(), "u"u8.ToArray(), "N"u8.ToArray(), "0"u8.ToArray(), "2"u8.ToArray(), [0x81], [0x85], [0x86], [0x87], [0x88], [0x89], [0x93], [0x94], [0x95, 255, 0, 0, 0, 0, 0, 0, 0],
    ];

    /// <summary>Changes one to four opcodes.</summary>
    public static byte[] Mutate(byte[] pickle, Random random)
    {
        List<byte[]> opcodes = Split(pickle);
        for (int i = random.Next(1, 5); i > 0 && opcodes.Count > 0; i--)
        {
            int at = random.Next(opcodes.Count);
            switch (random.Next(12))
            {
                case 0:
                    opcodes.RemoveAt(at);
                    break;
                case 1:
                    opcodes.Insert(at, opcodes[random.Next(opcodes.Count)]);
                    break;
                case 2:
                    opcodes.Insert(at, s_foreign[random.Next(s_foreign.Length)]);
                    break;
                case 3:
                    opcodes[at] = s_foreign[random.Next(s_foreign.Length)];
                    break;
                case 4:
                    int other = random.Next(opcodes.Count);
                    (opcodes[at], opcodes[other]) = (opcodes[other], opcodes[at]);
                    break;
                case 5:
                    // Much of the same: depth, width, marks.
                    opcodes.InsertRange(at, Enumerable.Repeat(opcodes[random.Next(opcodes.Count)], random.Next(2, 2000)));
                    break;
                default:
                    int with = opcodes.FindIndex(at, o => o.Length > 1);
                    if (with >= 0)
                        opcodes[with] = Argument(opcodes[with], opcodes, random);
                    break;
            }
        }

        return [.. opcodes.SelectMany(o => o)];
    }

    private static byte[] Argument(byte[] opcode, List<byte[]> all, Random random)
    {
        switch ((char)opcode[0])
        {
            case 'K' or 'M' or 'J' or '\x8a':
                byte[] number = new byte[9];
                number[0] = 8;
                BinaryPrimitives.WriteInt64LittleEndian(number.AsSpan(1), ByteMutator.Number(random));
                return random.Next(2) == 0 ? [0x8a, .. number] : [(byte)'K', (byte)random.Next(random.Next(2) == 0 ? 9 : 256)];
            case 'X' when random.Next(3) != 0:
                byte[][] texts = [.. all.Where(o => o[0] == 'X')];
                return texts[random.Next(texts.Length)];
            case 'X':
                byte[] text = random.Next(3) switch { 0 => Encoding.UTF8.GetBytes("../data.pkl"), 1 => Encoding.UTF8.GetBytes(new string('k', random.Next(300))), _ => [0xff, (byte)random.Next(256)] };
                byte[] length = new byte[4];
                BinaryPrimitives.WriteInt32LittleEndian(length, random.Next(8) == 0 ? (int)ByteMutator.Number(random) : text.Length);
                return [(byte)'X', .. length, .. text];
            default:
                byte[] changed = [.. opcode];
                changed[random.Next(1, changed.Length)] = (byte)random.Next(256);
                return changed;
        }
    }

    /// <summary>The opcodes with their arguments; what is not a pickle any more is one piece.</summary>
    private static List<byte[]> Split(byte[] pickle)
    {
        List<byte[]> opcodes = [];
        for (int at = 0; at < pickle.Length;)
        {
            ReadOnlySpan<byte> rest = pickle.AsSpan(at);
            long length = (char)pickle[at] switch
            {
                'K' or 'q' or 'h' or '\x80' => 2,
                'M' => 3,
                'J' or 'r' or 'j' => 5,
                'G' or '\x95' => 9,
                'U' or 'C' or '\x8a' or '\x8c' => rest.Length < 2 ? long.MaxValue : 2 + rest[1],
                'X' or 'T' or 'B' => rest.Length < 5 ? long.MaxValue : 5 + (long)BinaryPrimitives.ReadUInt32LittleEndian(rest[1..]),
                '\x8d' or '\x8e' or '\x96' => rest.Length < 9 ? long.MaxValue : 9 + (BinaryPrimitives.ReadInt64LittleEndian(rest[1..]) & int.MaxValue),
                'c' => Lines(rest),
                _ => 1,
            };
            int taken = (int)Math.Min(length, rest.Length);
            opcodes.Add(rest[..taken].ToArray());
            at += taken;
        }

        return opcodes;
    }

    private static int Lines(ReadOnlySpan<byte> rest)
    {
        int first = rest.IndexOf((byte)'\n'), second = first < 0 ? -1 : rest[(first + 1)..].IndexOf((byte)'\n');
        return second < 0 ? rest.Length : first + second + 2;
    }
}
