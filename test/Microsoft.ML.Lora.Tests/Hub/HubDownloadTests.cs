using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.ML.Lora.Hub;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Hub;

/// <summary>What a download brings, what it leaves alone, and where it lies afterwards.</summary>
[TestClass]
[DoNotParallelize]
public sealed class HubDownloadTests : HubTest
{
    private string Root => _folder.File("models--some-org--tiny");

    [TestMethod]
    public void TheCacheIsLaidOutAsHuggingFaceDoes()
    {
        BaseModel model = Download();
        string snapshot = Path.Combine(Root, "snapshots", _hub.Commit);
        Assert.AreEqual(snapshot, model.Directory);
        Assert.AreEqual(TestHub.Id, model.Id);
        Assert.AreEqual(_hub.Commit, model.Revision);
        Assert.AreEqual(_hub.Commit, File.ReadAllText(Path.Combine(Root, "refs", "main")));
        foreach (string name in (string[])["config.json", "tokenizer.json", "model.safetensors"])
        {
            string pointer = Path.Combine(snapshot, name);
            CollectionAssert.AreEqual(_hub[name], File.ReadAllBytes(pointer));
            CollectionAssert.AreEqual(_hub[name], File.ReadAllBytes(Path.Combine(Root, "blobs", _hub.Etag(name))));
            if (!OperatingSystem.IsWindows())
                Assert.AreEqual($"../../blobs/{_hub.Etag(name)}", new FileInfo(pointer).LinkTarget);
            Assert.IsTrue(File.Exists(_folder.File(".locks", "models--some-org--tiny", $"{_hub.Etag(name)}.lock")));
        }

        Assert.HasCount(3, Directory.GetFiles(Path.Combine(Root, "blobs")), "nothing half done stays");
        Assert.AreEqual(snapshot, BaseModel.FromCache(TestHub.Id, "main", _folder.FullPath).Directory);
    }

    [TestMethod]
    public void CopiesWhereLinksAreNotWanted()
    {
        Environment.SetEnvironmentVariable("HF_HUB_DISABLE_SYMLINKS", "1");
        string folder = Download().Directory;
        foreach (string file in Directory.GetFiles(folder))
            Assert.IsNull(new FileInfo(file).LinkTarget);
        CollectionAssert.AreEqual(_hub["model.safetensors"], File.ReadAllBytes(Path.Combine(folder, "model.safetensors")));
        _hub.Forget();
        Download();
        Assert.IsEmpty(_hub.Storage.Requests);
    }

    [TestMethod]
    public void OnlyWhatAModelNeedsIsDownloaded()
    {
        foreach (string name in (string[])["README.md", "pytorch_model.bin", "onnx/model.onnx", "tf_model.h5", "training_args.bin", "1_Pooling/other.json", "3_Dense/model.safetensors"])
            _hub.Add(name, TestHub.Bytes(100, 7));
        foreach (string name in (string[])["1_Pooling/config.json", "modules.json", "tokenizer_config.json", "vocab.txt", "special_tokens_map.json"])
            _hub.Add(name, TestHub.Bytes(100, name.Length));
        string folder = Download().Directory;
        string[] there = [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(folder, f).Replace('\\', '/')).Order(StringComparer.Ordinal)];
        CollectionAssert.AreEqual((string[])["1_Pooling/config.json", "config.json", "model.safetensors", "modules.json", "special_tokens_map.json",
            "tokenizer.json", "tokenizer_config.json", "vocab.txt"], there);
    }

    [TestMethod]
    public void ShardsAreFoundThroughTheirIndex()
    {
        _hub.Remove("model.safetensors");
        _hub.Add("model-00001-of-00002.safetensors", TestHub.Bytes(1000, 3));
        _hub.Add("model-00002-of-00002.safetensors", TestHub.Bytes(2000, 4));
        _hub.Add("model-extra.safetensors", TestHub.Bytes(10, 5));
        _hub.Add("pytorch_model.bin", TestHub.Bytes(10, 6));
        _hub.Add("model.safetensors.index.json", Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new
        {
            weight_map = new Dictionary<string, string> { ["a"] = "model-00001-of-00002.safetensors", ["b"] = "model-00002-of-00002.safetensors" },
        })));
        string folder = Download().Directory;
        CollectionAssert.AreEquivalent((string[])["config.json", "tokenizer.json", "model.safetensors.index.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"],
            Directory.GetFiles(folder).Select(Path.GetFileName).ToArray());
    }

    [TestMethod]
    public void PicklesAreTakenWhereNothingElseIs()
    {
        _hub.Remove("model.safetensors");
        _hub.Add("pytorch_model.bin", TestHub.Bytes(1000, 3));
        Assert.IsTrue(File.Exists(Path.Combine(Download().Directory, "pytorch_model.bin")));
    }

    [TestMethod]
    public void ARepositoryWithoutAModelIsRefusedBeforeAnythingIsDownloaded()
    {
        _hub.Remove("model.safetensors");
        _hub.Add("tf_model.h5", [1]);
        Assert.Contains("tf_model.h5", Assert.ThrowsExactly<BaseModelException>(() => Download()).Message);
        Assert.HasCount(1, _hub.Hub.Requests);
    }

    [TestMethod]
    public void AnUnsupportedFamilyIsRefusedBeforeItsWeightsAreDownloaded()
    {
        _hub.Add("config.json", Encoding.UTF8.GetBytes("""{ "model_type": "surely-unknown" }"""));
        Assert.Contains("surely-unknown", Assert.ThrowsExactly<LoraFormatException>(() => Download()).Message);
        Assert.IsEmpty(_hub.Storage.Requests);
    }

    [TestMethod]
    public void WhatIsThereIsNotDownloadedAgain()
    {
        Download();
        _hub.Forget();
        Download();
        Assert.IsEmpty(_hub.Hub.Requests.Where(r => r.Method == "GET" && r.Target.Contains("/resolve/")).ToArray());
        Assert.IsEmpty(_hub.Storage.Requests);

        _hub.Forget();
        Download(revision: _hub.Commit);
        Assert.IsEmpty(_hub.Hub.Requests, "a whole commit needs no network");

        // Another commit with the same weights shares them.
        _hub.Commit = new string('b', 40);
        _hub.Add("tokenizer.json", TestHub.Bytes(10, 9));
        _hub.Forget();
        string folder = Download().Directory;
        Assert.EndsWith(_hub.Commit, folder);
        Assert.IsEmpty(_hub.Storage.Requests);
        Assert.AreEqual(_hub.Commit, File.ReadAllText(Path.Combine(Root, "refs", "main")));
    }

    [TestMethod]
    public void AFailedUpdateLeavesTheOldRevision()
    {
        string before = Download().Directory;
        _hub.Commit = new string('b', 40);
        _hub.Add("model.safetensors", TestHub.Bytes(1000, 12));
        _hub.StorageAnswer = (_, _) => HubReply.Text(403, "");
        HubException error = Assert.ThrowsExactly<HubException>(() => Download());
        Assert.AreEqual(HttpStatusCode.Forbidden, error.StatusCode);
        Assert.Contains("FromCache", error.Message);
        Assert.AreEqual(before, BaseModel.FromCache(TestHub.Id, "main", _folder.FullPath).Directory);
    }

    [TestMethod]
    public void OfflineUsesTheCacheAlone()
    {
        Environment.SetEnvironmentVariable("HF_HUB_OFFLINE", "1");
        Assert.Contains("HF_HUB_OFFLINE", Assert.ThrowsExactly<BaseModelException>(() => Download()).Message);
        Environment.SetEnvironmentVariable("HF_HUB_OFFLINE", null);
        string folder = Download().Directory;
        _hub.Forget();
        Environment.SetEnvironmentVariable("HF_HUB_OFFLINE", "1");
        Assert.AreEqual(folder, Download().Directory);
        Assert.IsEmpty(_hub.Hub.Requests);
    }

    [TestMethod]
    public void EndpointTokenAndCacheComeFromTheEnvironment()
    {
        Directory.CreateDirectory(_folder.File("home"));
        File.WriteAllText(_folder.File("home", "token"), "hf_from_file\n");
        using var variables = new Variables(("HF_ENDPOINT", _hub.Hub.Address + "/"), ("HF_HOME", _folder.File("home")));
        HubOptions options = _hub.Options("");
        options.Endpoint = options.CacheDirectory = options.Token = null;
        Assert.StartsWith(_folder.File("home", "hub"), BaseModel.FromHub(TestHub.Id, options: options).Directory);
        Assert.AreEqual("Bearer hf_from_file", _hub.Hub.Requests[0].Header("Authorization"));

        Environment.SetEnvironmentVariable("HF_TOKEN", "hf_from_variable");
        _hub.Forget();
        BaseModel.FromHub(TestHub.Id, options: options);
        Assert.AreEqual("Bearer hf_from_variable", _hub.Hub.Requests[0].Header("Authorization"));
    }

    [TestMethod]
    public void AProxyIsUsed()
    {
        using var proxy = new TestServer(request =>
        {
            // What a proxy sees is the whole address; this one answers in the hub's place.
            Assert.StartsWith("http://hub.invalid/", request.Target);
            return HubReply.Text(418, "");
        });
        HubException error = Assert.ThrowsExactly<HubException>(() => Download(options =>
        {
            options.Endpoint = "http://hub.invalid";
            options.Proxy = new WebProxy(proxy.Address);
        }));
        Assert.AreEqual((HttpStatusCode)418, error.StatusCode);
        Assert.HasCount(1, proxy.Requests);
    }

    [TestMethod]
    public void ProgressGrowsToTheEnd()
    {
        _hub.Add("model.safetensors", TestHub.Bytes(5_000_000, 2));
        var reports = new List<HubProgress>();
        Download(options => options.Progress = new Reporter(reports.Add));
        HubProgress[] weights = [.. reports.Where(r => r.File == "model.safetensors")];
        Assert.IsGreaterThan(4, weights.Length);
        for (int i = 1; i < weights.Length; i++)
            Assert.IsGreaterThanOrEqualTo(weights[i - 1].TotalBytes, weights[i].TotalBytes);
        HubProgress last = reports[^1];
        Assert.AreEqual(5_000_000, last.FileBytes);
        Assert.AreEqual(last.FileSize, last.FileBytes);
        Assert.AreEqual(last.TotalSize, last.TotalBytes);
        Assert.AreEqual(_hub["config.json"].Length + _hub["tokenizer.json"].Length + 5_000_000, last.TotalSize);
    }

    [TestMethod]
    public void WrongOptionsAreNamedTogether()
    {
        ArgumentException error = Assert.ThrowsExactly<ArgumentException>(() => Download(options =>
        {
            options.MaxRetries = -1;
            options.Timeout = TimeSpan.Zero;
        }));
        Assert.Contains("MaxRetries is -1", error.Message);
        Assert.Contains("Timeout is 00:00:00", error.Message);
        Assert.Contains("ftp://hub", Assert.ThrowsExactly<ArgumentException>(() => Download(options => options.Endpoint = "ftp://hub")).Message);
        Assert.DoesNotContain("a b", Assert.ThrowsExactly<ArgumentException>(() => Download(options => options.Token = "a b")).Message);
        Assert.Contains("'mine'", Assert.ThrowsExactly<ArgumentException>(() => Download(options => options.Model = new BaseModelOptions { Id = "mine" })).Message);
        Assert.IsEmpty(_hub.Hub.Requests);
    }

    private sealed class Reporter(Action<HubProgress> report) : IProgress<HubProgress>
    {
        public void Report(HubProgress value) => report(value);
    }
}
