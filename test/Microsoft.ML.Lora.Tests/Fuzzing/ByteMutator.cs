namespace Microsoft.ML.Lora.Tests.Fuzzing;

/// <summary>Damage that knows nothing of what it damages.</summary>
internal static class ByteMutator
{
    private static readonly long[] s_numbers =
    [
        0, 1, -1, 2, 7, 8, 127, 128, 255, 256, 32767, 65535, 65536, int.MaxValue, uint.MaxValue, 1L << 32, 1L << 40, 1L << 62, long.MaxValue, long.MinValue, 100_000_000,
    ];

    /// <summary>A number that limits are made of.</summary>
    public static long Number(Random random) => random.Next(3) == 0 ? random.Next(-3, 300) : s_numbers[random.Next(s_numbers.Length)];

    /// <summary>Some bytes changed, inserted or taken out; sometimes the end is missing.</summary>
    public static byte[] Flip(byte[] content, Random random)
    {
        List<byte> bytes = [.. content];
        for (int i = random.Next(1, 8); i > 0 && bytes.Count > 0; i--)
        {
            int at = random.Next(bytes.Count);
            switch (random.Next(8))
            {
                case 0:
                    bytes.Insert(at, (byte)random.Next(256));
                    break;
                case 1:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 9), bytes.Count - at));
                    break;
                case 2:
                    byte[] number = BitConverter.GetBytes(Number(random));
                    for (int j = 0; j < Math.Min(random.Next(1, 9), bytes.Count - at); j++)
                        bytes[at + j] = number[Math.Min(j, 7)];
                    break;
                case 3:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                default:
                    bytes[at] = (byte)random.Next(256);
                    break;
            }
        }

        return random.Next(6) == 0 ? [.. bytes[..random.Next(bytes.Count + 1)]] : [.. bytes];
    }
}
