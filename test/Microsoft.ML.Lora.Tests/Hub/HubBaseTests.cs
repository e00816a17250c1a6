using System.IO.Compression;
using System.Text.Json;
using Microsoft.ML.Lora.Models;
using Microsoft.ML.Lora.Tests.Estimators;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Hub;

/// <summary>A model of the hub as the base of a classifier: saved with its commit, and found again in the hub cache.</summary>
[TestClass]
[DoNotParallelize]
public sealed class HubBaseTests
{
    [TestMethod]
    public void ASavedModelFindsItsBaseInTheHubCache()
    {
        using var folder = new TemporaryFolder();
        using var variables = new Variables();
        using var tiny = new TinyBase(seed: 21);
        using TestHub hub = Serve(tiny);
        string cache = folder.File("first"), zip = folder.File("model.zip");
        BaseModel model = BaseModel.FromHub(TestHub.Id, options: hub.Options(cache));
        Assert.AreEqual(tiny.Model.Fingerprint, model.Fingerprint);

        var ml = new MLContext(1);
        ITransformer fitted = TinyPipeline.Fit(ml, tiny, rows: 30, epochs: 1, change: options => options.BaseModel = model);
        ml.Model.SaveAtomic(fitted, ml.Data.LoadFromEnumerable(Messages.Make(1)).Schema, zip);
        using (ZipArchive archive = ZipFile.OpenRead(zip))
        using (Stream entry = archive.Entries.Single(e => e.Name == "base_model.json").Open())
        {
            JsonElement json = JsonDocument.Parse(entry).RootElement;
            Assert.AreEqual(TestHub.Id, json.GetProperty("id").GetString());
            Assert.AreEqual(hub.Commit, json.GetProperty("revision").GetString());
        }

        // The folder it was trained from is gone; the cache that has it is another one.
        Directory.Move(cache, folder.File("second"));
        FreshProcessResult without = FreshProcess.Run("predict", zip, "hello");
        Assert.AreEqual(1, without.ExitCode);
        Assert.Contains(hub.Commit, without.Error);
        Assert.Contains("FromHub", without.Error);
        Environment.SetEnvironmentVariable("HF_HUB_CACHE", folder.File("second"));
        Assert.HasCount(1, FreshProcess.Run("predict", zip, "hello").Lines);
    }

    [TestMethod]
    public void TheFingerprintDecidesWhichCommitItIs()
    {
        using var folder = new TemporaryFolder();
        using var variables = new Variables(("HF_HUB_CACHE", folder.FullPath));
        using TinyBase first = new(seed: 31), second = new(seed: 32), third = new(seed: 33);
        using TestHub hub = Serve(first);
        BaseModel.FromHub(TestHub.Id, options: hub.Options(folder.FullPath));
        string commit = hub.Commit;
        hub.Commit = new string('b', 40);
        hub.Add("model.safetensors", File.ReadAllBytes(Path.Combine(second.Folder, "model.safetensors")));
        BaseModel.FromHub(TestHub.Id, options: hub.Options(folder.FullPath));

        BaseModel found = BaseModelLocator.Find(new BaseModelReference(TestHub.Id, first.Model.Fingerprint, commit));
        Assert.AreEqual(commit, found.Revision);
        Assert.AreEqual(new string('b', 40), BaseModelLocator.Find(new BaseModelReference(TestHub.Id, second.Model.Fingerprint)).Revision, "none was recorded");
        string message = Assert.ThrowsExactly<BaseModelException>(
            () => BaseModelLocator.Find(new BaseModelReference(TestHub.Id, third.Model.Fingerprint, commit))).Message;
        foreach (string part in (string[])[commit, new string('b', 40), folder.FullPath, "another model"])
            Assert.Contains(part, message);
    }

    private static TestHub Serve(TinyBase tiny)
    {
        var hub = new TestHub(withFiles: false);
        foreach (string file in Directory.EnumerateFiles(tiny.Folder, "*", SearchOption.AllDirectories))
            hub.Add(Path.GetRelativePath(tiny.Folder, file).Replace(Path.DirectorySeparatorChar, '/'), File.ReadAllBytes(file));
        return hub;
    }
}
