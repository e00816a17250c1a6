using System.Net;
using Microsoft.ML.Lora.Hub;
using Microsoft.ML.Lora.Tests.Processes;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Hub;

/// <summary>Answers and caches that nobody expects: whatever it is, a <see cref="HubException"/> says it, or it does not matter.</summary>
[TestClass]
[DoNotParallelize]
public sealed class HubAnswerTests : HubTest
{
    [TestMethod]
    [DataRow("//", "no address")]
    [DataRow("http://", "302")]
    [DataRow("http://[::1", "302")]
    [DataRow("http://a b/", "302")]
    [DataRow("javascript:x", "not safe")]
    [DataRow("\\\\host\\x", "not safe")]
    [DataRow("data:,x", "not safe")]
    public void ARedirectToNowhereIsRefused(string location, string expected)
    {
        _hub.StorageAnswer = (_, _) => new HubReply(302, [], ("Location", location));
        Assert.Contains(expected, Fails().Message);
    }

    [TestMethod]
    [DataRow(204)]
    [DataRow(206)]
    [DataRow(304)]
    [DataRow(416)]
    [DataRow(451)]
    [DataRow(999)]
    public void AStatusThatFitsNoQuestionIsNamed(int status)
    {
        Func<HubRequest, bool>[] questions = [r => r.Target.StartsWith("/api/", StringComparison.Ordinal), r => r.Method == "HEAD"];
        foreach (Func<HubRequest, bool> question in questions)
        {
            _hub.HubAnswer = (request, usual) => question(request) ? HubReply.Text(status, "") : usual;
            HubException error = Fails();
            Assert.AreEqual((HttpStatusCode)status, error.StatusCode, error.Message);
            Assert.Contains($"answered {status}", error.Message);
        }
    }

    [TestMethod]
    [DataRow("what is this?.png")]
    [DataRow("runs/Jan01_10:20:30/events.out")]
    [DataRow("nul")]
    [DataRow("trailing.")]
    [DataRow("*")]
    public void AnOddNameThatNobodyWantsIsLeftAlone(string name)
    {
        _hub.Add(name, [1, 2, 3]);
        string folder = Download().Directory;
        Assert.HasCount(3, Directory.GetFileSystemEntries(folder));
        Assert.IsFalse(_hub.Hub.Requests.Any(r => Uri.UnescapeDataString(r.Target).EndsWith(name, StringComparison.Ordinal)));
    }

    [TestMethod]
    public void AnEmptyFileIsAFile()
    {
        _hub.Add("added_tokens.json", []);
        Assert.AreEqual(0, new FileInfo(Path.Combine(Download().Directory, "added_tokens.json")).ResolveLinkTarget(true) is FileInfo real ? real.Length : -1);
    }

    [TestMethod]
    [DataRow("tokenizer.json")]
    [DataRow("model.safetensors.index.json")]
    public void SettingsOfGigabytesAreNotTaken(string name)
    {
        _hub.Remove("model.safetensors");
        _hub.Add("model.safetensors.index.json", "{}"u8.ToArray());
        _hub.HubAnswer = (request, usual) => request.Method == "HEAD" && request.Target.EndsWith(name, StringComparison.Ordinal) ? usual with { AnnouncedLength = 1L << 40 } : usual;
        string message = Fails().Message;
        Assert.Contains($"'{name}' has {1L << 40} bytes", message);
        Assert.DoesNotContain(_hub.Hub.Requests.Where(r => r.Method == "GET").Select(r => r.Target), $"/{TestHub.Id}/resolve/{_hub.Commit}/{name}");
    }

    [TestMethod]
    public void ACacheThatCannotBeWrittenIsNamed()
    {
        File.WriteAllText(_folder.File("file"), "");
        Assert.Contains(_folder.File("file"), Fails(options => options.CacheDirectory = _folder.File("file")).Message);
        // The revision cannot be noted, the files are there: the commit itself needs no note.
        string cache = _folder.File("cache");
        Directory.CreateDirectory(Path.Combine(cache, "models--some-org--tiny"));
        File.WriteAllText(Path.Combine(cache, "models--some-org--tiny", "refs"), "");
        Assert.Contains(_hub.Commit, Fails(options => options.CacheDirectory = cache).Message);
        Assert.IsTrue(File.Exists(Path.Combine(BaseModel.FromCache(TestHub.Id, _hub.Commit, cache).Directory, "model.safetensors")));
    }

    [TestMethod]
    public async Task AFailureOfACancelledRequestIsACancellation()
    {
        using var client = new HubClient(_hub.Options(_folder.FullPath));
        using var cancel = new CancellationTokenSource();
        await Assert.ThrowsExactlyAsync<OperationCanceledException>(() => client.WithinTimeAsync<int>(client.Endpoint, _ =>
        {
            cancel.Cancel();
            throw new HttpRequestException("connection reset");
        }, cancel.Token));
    }

    [TestMethod]
    public void TheSystemsProxyIsUsed()
    {
        using var proxy = new TestServer(_ => HubReply.Text(418, ""));
        using var variables = new Variables(("HTTP_PROXY", proxy.Address), ("http_proxy", proxy.Address), ("NO_PROXY", ""), ("no_proxy", ""));
        using System.Diagnostics.Process child = ChildProcess.Start(HubChild.Role, "http://hub.invalid", _folder.FullPath, TestHub.Id);
        string error = child.StandardError.ReadToEnd();
        child.WaitForExit();
        Assert.Contains("418", error);
        Assert.StartsWith("http://hub.invalid/", proxy.Requests.Single().Target);
    }

    [TestMethod]
    public void AHostThatOnlyBeginsLikeTheEndpointGetsNoToken()
    {
        using var other = new TestServer(_ => new HubReply(200, _hub["model.safetensors"]));
        string disguised = $"http://{new Uri(_hub.Hub.Address).Authority}@{new Uri(other.Address).Authority}/x";
        _hub.HubAnswer = (_, usual) => usual with { Headers = [.. usual.Headers.Select(h => h.Name == "Location" ? (h.Name, disguised) : h)] };
        Download(options => options.Token = "hf_secret");
        Assert.IsNull(other.Requests.Single().Header("Authorization"));
    }

    [TestMethod]
    [DataRow("1", null, true)]
    [DataRow("true", null, true)]
    [DataRow("ON", null, true)]
    [DataRow("yes", null, true)]
    [DataRow("2", null, false)]
    [DataRow(null, "1", true)]
    [DataRow("", "1", true)]
    [DataRow("0", "1", false)]
    public void OfflineIsReadAsHuggingFaceReadsIt(string? hub, string? transformers, bool expected)
    {
        Environment.SetEnvironmentVariable("HF_HUB_OFFLINE", hub);
        Environment.SetEnvironmentVariable("TRANSFORMERS_OFFLINE", transformers);
        Assert.AreEqual(expected, HubEnvironment.IsOffline);
    }

    [TestMethod]
    public void TheTokenIsLookedForAsHuggingFaceDoes()
    {
        Environment.SetEnvironmentVariable("HF_HOME", _folder.FullPath);
        Assert.IsNull(HubEnvironment.Token);
        File.WriteAllText(_folder.File("token"), " hf_home\n");
        Assert.AreEqual("hf_home", HubEnvironment.Token);
        File.WriteAllText(_folder.File("other"), "hf_path");
        Environment.SetEnvironmentVariable("HF_TOKEN_PATH", _folder.File("other"));
        Assert.AreEqual("hf_path", HubEnvironment.Token);
        Environment.SetEnvironmentVariable("HUGGING_FACE_HUB_TOKEN", "hf_old");
        Assert.AreEqual("hf_old", HubEnvironment.Token);
        Environment.SetEnvironmentVariable("HF_TOKEN", "hf_new\r\n");
        Assert.AreEqual("hf_new", HubEnvironment.Token);
        Environment.SetEnvironmentVariable("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1");
        Assert.IsNull(HubEnvironment.Token);
    }

    [TestMethod]
    public async Task ThreadsOfOneProcessDownloadEachFileOnce()
    {
        _hub.StorageAnswer = (_, usual) =>
        {
            Thread.Sleep(200);
            return usual;
        };
        string[] folders = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Download().Directory)));
        Assert.HasCount(1, folders.Distinct().ToArray());
        Assert.HasCount(1, _hub.Storage.Requests);
        CollectionAssert.AreEqual(_hub["model.safetensors"], File.ReadAllBytes(Path.Combine(folders[0], "model.safetensors")));
    }

    private HubException Fails(Action<HubOptions>? change = null) => Assert.ThrowsExactly<HubException>(() => Download(options =>
    {
        options.MaxRetries = 1;
        change?.Invoke(options);
    }));
}
