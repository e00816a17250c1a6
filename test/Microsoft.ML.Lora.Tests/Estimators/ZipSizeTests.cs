using System.Diagnostics;
using Microsoft.ML.Lora.Models;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Estimators;

/// <summary>What a classifier weighs, on disk and in memory, with base models of the size people use.</summary>
[TestClass]
[DoNotParallelize]
public sealed class ZipSizeTests
{
    // The promise for a model of this size with rank 8 and 77 classes: a tenth of which is labels and history.
    private const long MostBytes = 1_500_000;
    private const int Classes = 77;

    private readonly MLContext _ml = new(1);

    [TestMethod]
    public void MiniLm() => Check(BaseModel.FromDirectory(GoldenFiles.Data("models", "all-MiniLM-L6-v2")));

    [TestMethod]
    public void MiniEncoder() => Check(BaseModel.MiniEncoder);

    private void Check(BaseModel baseModel)
    {
        using var folder = new TemporaryFolder();
        Message[] rows = [.. Enumerable.Range(0, Classes).Select(i => new Message { Label = $"a class with number {i}", Text = $"message {i}" })];
        IDataView data = _ml.Data.LoadFromEnumerable(rows);
        ITransformer model = TinyPipeline.Create(_ml, new LoraTextClassificationTrainer.Options
        {
            Sentence1ColumnName = "Text",
            BaseModel = baseModel,
            Training = new TrainingOptions { BatchSize = Classes, MaxEpochs = 1, ComputeType = ComputeType.Float32 },
        }).Fit(data);
        string zip = folder.File("model.zip");
        _ml.Model.SaveAtomic(model, data.Schema, zip);
        long size = new FileInfo(zip).Length;
        float[] expected = TinyPipeline.Scores(_ml, model, rows.Take(1))[0];

        // The base is loaded now. Another classifier on it takes its adapter, its head and copies of the adapted matrices, not the base.
        using BaseModelHandle handle = baseModel.Acquire(ComputeType.Float32);
        long baseBytes = handle.OwnBytes + handle.MappedBytes;
        long before = ResidentBytes();
        int loaded = BaseModelStore.LoadedCount;
        ITransformer again = new MLContext().Model.Load(zip, out _);
        CollectionAssert.AreEqual(expected, TinyPipeline.Scores(_ml, again, rows.Take(1))[0]);
        long grown = ResidentBytes() - before;
        Console.WriteLine($"{baseModel.Id}: zip {size:N0} bytes; base {baseBytes >> 20} MiB; load and a prediction took {grown >> 20} MiB");

        Assert.IsLessThan(MostBytes, size);
        // Fewer when the collector has just found a model that another test forgot.
        Assert.IsLessThanOrEqualTo(loaded, BaseModelStore.LoadedCount, "The base was loaded again.");
        Assert.IsLessThan(baseBytes / 2 + (16 << 20), grown, "A second copy of the base, it seems.");
        ((IDisposable)again).Dispose();
        ((IDisposable)model).Dispose();
    }

    private static long ResidentBytes()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        using Process process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
