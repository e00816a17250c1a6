namespace Microsoft.ML;

/// <summary>Makes random number generators.</summary>
internal static class RandomUtils
{
    public static TauswortheHybrid Create() => new(new Random());

    public static TauswortheHybrid Create(int? seed) => seed is { } value ? Create(value) : Create();

    public static TauswortheHybrid Create(int seed) => new(new TauswortheHybrid.State((uint)seed));

    public static TauswortheHybrid Create(uint seed) => new(new TauswortheHybrid.State(seed));

    public static TauswortheHybrid Create(Random seed) => new(seed);

    /// <summary>A float in [0, 1).</summary>
    public static float NextFloat(this Random random)
    {
        if (random is TauswortheHybrid hybrid)
            return hybrid.NextFloat();
        while (true)
        {
            // The largest double below 1 rounds to 1.
            float value = (float)random.NextDouble();
            if (value < 1)
                return value;
        }
    }

    public static int NextSigned(this Random random)
        => random is TauswortheHybrid hybrid ? hybrid.NextSigned() : random.Next(int.MinValue, int.MaxValue);
}
