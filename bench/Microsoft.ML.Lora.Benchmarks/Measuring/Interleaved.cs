using System.Diagnostics;

namespace Microsoft.ML.Lora.Benchmarks.Measuring;

/// <summary>
/// Times several things in turn, again and again, so that a slow minute of the machine hits all of them alike and their ratios stay fair.
/// </summary>
internal static class Interleaved
{
    /// <param name="contenders">Name and what to time.</param>
    /// <param name="warmups">Rounds that do not count.</param>
    /// <param name="rounds">Rounds that count.</param>
    /// <param name="processorTime">The time of this process's threads instead of the clock's: other programs disturb it less.</param>
    public static IReadOnlyDictionary<string, Samples> Run(IReadOnlyList<(string Name, Action Action)> contenders, int warmups, int rounds, bool processorTime = false)
    {
        var times = contenders.ToDictionary(c => c.Name, _ => new Samples());
        for (int round = -warmups; round < rounds; round++)
        {
            // Another order in each round: none always runs on what its neighbour left in the caches.
            for (int i = 0; i < contenders.Count; i++)
            {
                (string name, Action action) = contenders[(i + Math.Max(0, round)) % contenders.Count];
                (long start, TimeSpan used) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
                action();
                (TimeSpan elapsed, TimeSpan processor) = (Stopwatch.GetElapsedTime(start), Environment.CpuUsage.TotalTime - used);
                if (round < 0)
                    continue;
                times[name].Add(processorTime ? processor : elapsed);
                times[name].ProcessorMilliseconds.Add(processor.TotalMilliseconds);
            }
        }

        return times;
    }
}
