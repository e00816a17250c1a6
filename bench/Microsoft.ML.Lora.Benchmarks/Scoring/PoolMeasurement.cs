using System.Diagnostics;
using Microsoft.ML.Data;
using Microsoft.ML.Lora.Adapters;
using Microsoft.ML.Lora.Benchmarks.Measuring;
using Microsoft.ML.Lora.Kernels;
using Microsoft.ML.Lora.Models;

namespace Microsoft.ML.Lora.Benchmarks.Scoring;

/// <summary>Many adapters on one base: memory of each against its file, and batches of all of them mixed.</summary>
internal static class PoolMeasurement
{
    public static void Run(MLContext ml, BaseModel baseModel, int adapters, int rows, ComputeType type)
    {
        string[] messages = [.. LabelledTexts.Load(ml, LabelledTexts.DefaultTraining).GetColumn<string>("Text")];
        string[] texts = [.. Enumerable.Range(0, rows).Select(i => messages[i % messages.Length])];
        string folder = Directory.CreateTempSubdirectory("lora-score-").FullName;
        try
        {
            using LoraAdapterPool pool = ml.Model.CreateLoraAdapterPool(baseModel, new LoraAdapterPoolOptions { ComputeType = type });
            Action<int> write = Writer(baseModel, folder);
            write(0);
            pool.Load("first", folder);
            _ = pool.Predict([.. texts.Select(text => new LoraTextRequest("first", text))]); // buffers of libtorch and of this process are there from now on
            double before = Anonymous();
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < adapters; i++)
            {
                write(i);
                pool.Load($"tenant {i}", folder);
            }

            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            double each = (Anonymous() - before) / adapters;
            double file = new FileInfo(Path.Combine(folder, PeftFormat.WeightsFileName)).Length / 1024.0 / 1024.0;
            Console.WriteLine(FormattableString.Invariant(
                $"{adapters:N0} adapters, {type}: {each:F3} MiB of resident memory each ({pool.AdapterBytes / 1024.0 / 1024.0 / pool.Count:F3} MiB of tensors) beside the base, the file has {file:F3} MiB: {each / file:F2} x (goal 1.2); {seconds * 1000 / adapters:F1} ms to write and load one"));

            LoraTextRequest[] mixed = [.. texts.Select((text, i) => new LoraTextRequest($"tenant {i * 7919 % adapters}", text))];
            LoraTextRequest[] single = [.. texts.Select(text => new LoraTextRequest("tenant 0", text))];
            IReadOnlyList<LoraPrediction> results = [];
            IReadOnlyDictionary<string, Samples> times = Interleaved.Run(
                [("mixed", () => results = pool.Predict(mixed)), ("single", () => _ = pool.Predict(single))], warmups: 1, rounds: 3);
            double difference = Enumerable.Range(0, Math.Min(50, mixed.Length)).Max(i => Largest(pool.Predict(mixed[i].Key, mixed[i].Sentence1).Scores, results[i].Scores));
            Console.WriteLine(FormattableString.Invariant(
                $"  {texts.Length:N0} texts of {mixed.Select(r => r.Key).Distinct().Count():N0} adapters mixed: {texts.Length / times["mixed"].Median * 1000:N0} rows/s; of one adapter: {texts.Length / times["single"].Median * 1000:N0} rows/s; largest difference of a score, mixed against alone: {difference:G2}"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Writes adapter folders of 14 classes with other numbers each time, so that nothing can be shared.</summary>
    private static Action<int> Writer(BaseModel baseModel, string folder)
    {
        BaseModelHandle handle = baseModel.Acquire(ComputeType.Float32);
        var pooling = new Pooling(baseModel.Pooling, handle.Model);
        SequenceClassifier classifier = SequenceClassifier.Create(handle.Model, pooling, new LoraOptions(), 14, 0, 1, out _);
        return number =>
        {
            ulong tensor = 0;
            foreach (TrainableParameter parameter in classifier.Parameters)
            {
                float[] values = new float[parameter.Value.numel()];
                CounterRandom.FillNormal(CounterRandom.Key(1, RandomStreams.Synthetic, (ulong)number, tensor++), parameter.Kind == ParameterKind.Head ? 0.1f : 0.05f, values);
                ParameterValues.Write(parameter.Value, values);
            }

            PeftFormat.WriteFolder(folder, classifier, baseModel.Id);
        };
    }

    /// <summary>MiB of the process's own, after the garbage is gone.</summary>
    private static double Anonymous()
    {
        for (int i = 0; i < 2; i++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }

        return ProcessMemory.Read().Anonymous;
    }

    private static double Largest(IReadOnlyList<float> a, IReadOnlyList<float> b) => a.Zip(b, (x, y) => (double)Math.Abs(x - y)).Max();
}
