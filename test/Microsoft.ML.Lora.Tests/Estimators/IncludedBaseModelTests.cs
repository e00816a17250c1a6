using System.IO.Compression;
using Microsoft.ML.Lora.Estimators;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Estimators;

/// <summary>A saved model that holds its base: one file is all there is to deploy.</summary>
[TestClass]
[DoNotParallelize]
public sealed class IncludedBaseModelTests
{
    private readonly MLContext _ml = new(1);

    [TestMethod]
    public void OneFileIsEnough()
    {
        using var folder = new TemporaryFolder();
        string zip = folder.File("model.zip"), cache = folder.File("cache");
        float[] expected;
        using (var tiny = new TinyBase(seed: 31))
        {
            ITransformer model = TinyPipeline.Fit(_ml, tiny, rows: 40, epochs: 1, change: o => o.IncludeBaseModel = true);
            expected = TinyPipeline.Scores(_ml, model, [new Message { Text = "where is my parcel" }])[0];
            _ml.Model.SaveAtomic(model, null, zip);
            ((IDisposable)model).Dispose();
        }

        using (ZipArchive archive = ZipFile.OpenRead(zip))
        {
            string[] names = [.. archive.Entries.Select(e => e.Name)];
            Assert.Contains("base_model-model.safetensors", names);
            Assert.Contains("base_model-config.json", names);
        }

        string[] Predict() => FreshProcess.Run("predict", zip, "where is my parcel").Lines;
        FreshProcess.Environment[IncludedBaseModel.CacheVariable] = cache;
        try
        {
            string first = Predict().Single();
            Assert.AreEqual(string.Join(' ', expected.Select(s => s.ToString("R", System.Globalization.CultureInfo.InvariantCulture))), first.Split('\t')[1]);
            string cached = Directory.GetDirectories(cache).Single();
            CollectionAssert.AreEquivalent(new[] { "config.json", "model.safetensors" }, Directory.GetFiles(cached).Select(Path.GetFileName).ToArray());
            DateTime written = File.GetLastWriteTimeUtc(Path.Combine(cached, "model.safetensors"));
            Assert.AreEqual(first, Predict().Single());
            Assert.AreEqual(written, File.GetLastWriteTimeUtc(Path.Combine(cached, "model.safetensors")), "The cache was written again.");

            // A cache that someone has tampered with is another base.
            byte[] bytes = File.ReadAllBytes(Path.Combine(cached, "model.safetensors"));
            bytes[^1] ^= 1;
            File.WriteAllBytes(Path.Combine(cached, "model.safetensors"), bytes);
            FreshProcessResult tampered = FreshProcess.Run("predict", zip, "x");
            Assert.AreEqual(1, tampered.ExitCode);
            Assert.Contains("another model", tampered.Error);
        }
        finally
        {
            FreshProcess.Environment.Remove(IncludedBaseModel.CacheVariable);
        }
    }

    [TestMethod]
    public void ALoadedOneCanBeSavedAgainAndDamageLeavesNothing()
    {
        using var folder = new TemporaryFolder();
        string zip = folder.File("model.zip"), again = folder.File("again.zip"), damaged = folder.File("damaged.zip");
        string? before = Environment.GetEnvironmentVariable(IncludedBaseModel.CacheVariable);
        Environment.SetEnvironmentVariable(IncludedBaseModel.CacheVariable, folder.File("cache"));
        try
        {
            using (var tiny = new TinyBase(seed: 32))
                _ml.Model.SaveAtomic(TinyPipeline.Fit(_ml, tiny, rows: 40, epochs: 1, change: o => o.IncludeBaseModel = true), null, zip);
            File.Copy(zip, damaged);
            using (ZipArchive archive = ZipFile.Open(damaged, ZipArchiveMode.Update))
            {
                using Stream stream = archive.Entries.Single(e => e.Name == "base_model-model.safetensors").Open();
                stream.Seek(-1, SeekOrigin.End);
                stream.WriteByte(77);
            }

            Exception error = Assert.Throws<Exception>(() => _ml.Model.Load(damaged, out _));
            while (error.InnerException is not null)
                error = error.InnerException;
            Assert.Contains("base_model-model.safetensors", error.Message);
            Assert.IsEmpty(Directory.GetFileSystemEntries(folder.File("cache")));

            ITransformer loaded = _ml.Model.Load(zip, out _);
            Assert.HasCount(3, TinyPipeline.Scores(_ml, loaded, Messages.Make(1))[0]);
            _ml.Model.SaveAtomic(loaded, null, again);
            ((IDisposable)loaded).Dispose();
            Directory.Delete(folder.File("cache"), recursive: true);
            ITransformer second = _ml.Model.Load(again, out _);
            Assert.HasCount(3, TinyPipeline.Scores(_ml, second, Messages.Make(1))[0]);
            ((IDisposable)second).Dispose();
        }
        finally
        {
            Environment.SetEnvironmentVariable(IncludedBaseModel.CacheVariable, before);
        }
    }
}
