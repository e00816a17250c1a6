using Microsoft.ML.Internal.Utilities;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>
/// ML.NET's random numbers: three Tausworthe generators and a linear congruential one, combined with xor
/// (L. Howes and D. Thomas, GPU Gems 3, chapter 37).
/// </summary>
internal sealed partial class TauswortheHybrid : Random
{
    private uint _z1;
    private uint _z2;
    private uint _z3;
    private uint _z4;

    public TauswortheHybrid(State state) => (_z1, _z2, _z3, _z4) = (state.U1, state.U2, state.U3, state.U4);

    public TauswortheHybrid(Random rng)
    {
        _z1 = AtLeast128(rng);
        _z2 = AtLeast128(rng);
        _z3 = AtLeast128(rng);
        _z4 = UInt32From(rng);
    }

    public State GetState() => new(_z1, _z2, _z3, _z4);

    /// <summary>A float in [0, 1) made of 23 bits.</summary>
    public float NextFloat() => (Step() >> 9) * (1f / (1 << 23));

    public int NextSigned() => (int)Step();

    public override double NextDouble() => Step() * (1.0 / (1L << 32));

    public override int Next()
    {
        uint value = Step();
        return (int)(value + (value & 0x80000000U));
    }

    public override int Next(int maxValue)
    {
        Contracts.CheckParam(maxValue >= 0, nameof(maxValue), "maxValue must be non-negative");
        return (int)((Step() * (ulong)maxValue) >> 32);
    }

    public override int Next(int minValue, int maxValue)
    {
        Contracts.CheckParam(minValue <= maxValue, nameof(minValue), "minValue must be less than or equal to maxValue.");
        return (int)((long)(NextDouble() * ((long)maxValue - minValue)) + minValue);
    }

    public override void NextBytes(byte[] buffer)
    {
        Contracts.CheckValue(buffer, nameof(buffer));
        for (int i = 0; i < buffer.Length; i++)
            buffer[i] = (byte)Next();
    }

    private static uint UInt32From(Random rng) => ((uint)rng.Next(1 << 16) << 16) | (uint)rng.Next(1 << 16);

    private static uint AtLeast128(Random rng)
    {
        uint value;
        do
            value = UInt32From(rng);
        while (value < 128);
        return value;
    }

    private static uint Tausworthe(uint z, int s1, int s2, int s3, uint mask) => ((z & mask) << s3) ^ (((z << s1) ^ z) >> s2);

    private uint Step()
    {
        _z1 = Tausworthe(_z1, 13, 19, 12, ~0x1U);
        _z2 = Tausworthe(_z2, 2, 25, 4, ~0x7U);
        _z3 = Tausworthe(_z3, 3, 11, 17, ~0xfU);
        _z4 = (1664525 * _z4) + 1013904223;
        return _z1 ^ _z2 ^ _z3 ^ _z4;
    }
}
