using System.Diagnostics;
using Microsoft.ML.Lora.Benchmarks.Measuring;

namespace Microsoft.ML.Lora.Benchmarks.Scoring;

/// <summary>How long a swap of a live classifier takes, and what its readers notice.</summary>
internal static class SwapMeasurement
{
    private const int Readers = 4;
    private const int Swaps = 500;

    public static void Run(MLContext ml, ITransformer model, Func<Action<string>> newReader, string[] texts)
    {
        using var file = new MemoryStream();
        ml.Model.Save(model, null, file);
        file.Position = 0;
        LoraTextClassificationTransformer live = LabelledTexts.ClassifierOf(model), other = LabelledTexts.ClassifierOf(ml.Model.Load(file, out _));
        file.Position = 0;
        LoraTextClassificationTransformer original = LabelledTexts.ClassifierOf(ml.Model.Load(file, out _));
        live.SwapAdapter(original); // loads both
        live.SwapAdapter(other);

        Samples quiet = Read(newReader, texts, stop => Thread.Sleep(1500));
        var swaps = new Samples();
        Samples busy = Read(newReader, texts, stop =>
        {
            for (int i = 0; i < Swaps; i++)
            {
                long start = Stopwatch.GetTimestamp();
                live.SwapAdapter(i % 2 == 0 ? original : other);
                swaps.Add(Stopwatch.GetElapsedTime(start));
                Thread.Sleep(2);
            }
        });
        Console.WriteLine(FormattableString.Invariant(
            $"Swap of a loaded adapter under {Readers} readers: p50 {swaps.Median:F4} ms, p99 {swaps.Quantile(0.99):F4} ms, longest {swaps.Quantile(1):F3} ms of {swaps.Count} (goal under 1 ms; the longest is the system's scheduler)"));
        Console.WriteLine(FormattableString.Invariant(
            $"  a reader's prediction: p50 {quiet.Median:F2}, p99 {quiet.Quantile(0.99):F2} ms without swaps; p50 {busy.Median:F2}, p99 {busy.Quantile(0.99):F2} ms with one every 2 ms"));
    }

    private static Samples Read(Func<Action<string>> newReader, string[] texts, Action<CancellationToken> meanwhile)
    {
        using var stop = new CancellationTokenSource();
        var all = new Samples();
        Thread[] readers = [.. Enumerable.Range(0, Readers).Select(r => new Thread(() =>
        {
            Action<string> predict = newReader();
            predict(texts[0]);
            var own = new List<TimeSpan>();
            for (int i = r; !stop.IsCancellationRequested; i++)
            {
                long start = Stopwatch.GetTimestamp();
                predict(texts[i % texts.Length]);
                own.Add(Stopwatch.GetElapsedTime(start));
            }

            lock (all)
                own.ForEach(all.Add);
        }))];
        foreach (Thread reader in readers)
            reader.Start();
        meanwhile(stop.Token);
        stop.Cancel();
        foreach (Thread reader in readers)
            reader.Join();
        return all;
    }
}
