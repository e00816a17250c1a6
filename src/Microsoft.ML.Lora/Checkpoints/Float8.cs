namespace Microsoft.ML.Lora.Checkpoints;

/// <summary>The two 8-bit floating-point formats of checkpoints (Micikevicius et al. 2022), widened exactly to float32.</summary>
internal static class Float8
{
    /// <summary>1 sign, 4 exponent (bias 7), 3 fraction bits; no infinities, NaN where all others are one.</summary>
    public static float FromE4M3(byte bits)
    {
        int exponent = (bits >> 3) & 15, fraction = bits & 7;
        float magnitude = (bits & 0x7f) == 0x7f ? float.NaN
            : exponent == 0 ? MathF.ScaleB(fraction, -9)
            : MathF.ScaleB(8 + fraction, exponent - 10);
        return (bits & 0x80) != 0 ? -magnitude : magnitude;
    }

    /// <summary>1 sign, 5 exponent (bias 15), 2 fraction bits; infinities and NaN as in IEEE 754: the upper half of a float16.</summary>
    public static float FromE5M2(byte bits) => (float)BitConverter.UInt16BitsToHalf((ushort)(bits << 8));
}
