using System.Diagnostics;
using System.Net;
using System.Text;
using Microsoft.ML.Lora.Tests.Processes;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Hub;

/// <summary>Servers that break off, lie, refuse and stall; processes that die and processes that do the same at once.</summary>
[TestClass]
[DoNotParallelize]
public sealed class HubFaultTests : HubTest
{
    private const string Weights = "model.safetensors";

    private string Blobs => _folder.File("models--some-org--tiny", "blobs");

    private string Blob => Path.Combine(Blobs, _hub.Etag(Weights));

    private string Incomplete => Blob + ".incomplete";

    [TestMethod]
    public void ADroppedConnectionIsContinued()
    {
        _hub.StorageAnswer = (request, usual) => request.From < 200_000 ? usual with { CutAfter = 100_000 } : usual;
        CheckWeights(Download());
        CollectionAssert.AreEqual((long[])[0, 100_000, 200_000], _hub.Storage.Requests.Select(r => r.From).ToArray());
        Assert.AreEqual("\"stored-300000\"", _hub.Storage.Requests[1].Header("If-Range"), "the storage's own ETag");
    }

    [TestMethod]
    public void ASmallFileIsContinuedWithItsOwnETag()
    {
        bool cut = false;
        _hub.HubAnswer = (request, usual) => request.Method == "GET" && request.Target.EndsWith("tokenizer.json", StringComparison.Ordinal) && !cut && (cut = true)
            ? usual with { CutAfter = 1000 } : usual;
        Download();
        HubRequest second = _hub.Hub.Requests.Last(r => r.Target.EndsWith("tokenizer.json", StringComparison.Ordinal));
        Assert.AreEqual(1000, second.From);
        Assert.AreEqual($"\"{_hub.Etag("tokenizer.json")}\"", second.Header("If-Range"));
    }

    [TestMethod]
    public void AServerThatCannotContinueStartsAnew()
    {
        int requests = 0;
        _hub.StorageAnswer = (_, usual) => new HubReply(200, _hub[Weights]) { CutAfter = ++requests == 1 ? 100_000 : null };
        CheckWeights(Download());
    }

    [TestMethod]
    public void AServerThatAlwaysBreaksOffIsGivenUp()
    {
        _hub.StorageAnswer = (_, _) => new HubReply(200, _hub[Weights]) { CutAfter = 100_000 };
        Assert.Contains("Gave up after 3 retries", Fails(options => options.MaxRetries = 3).Message);
        Assert.HasCount(4, _hub.Storage.Requests);
    }

    [TestMethod]
    public void AKilledProcessIsContinuedByAnother()
    {
        _hub.StorageAnswer = (request, usual) => request.From == 0 ? usual with { StallAfter = 150_000 } : usual;
        using (Process child = ChildProcess.Start(HubChild.Role, _hub.Hub.Address, _folder.FullPath, TestHub.Id))
        {
            WaitUntil(() => File.Exists(Incomplete) && new FileInfo(Incomplete).Length > 0);
            child.Kill();
            child.WaitForExit();
        }

        long left = new FileInfo(Incomplete).Length;
        Assert.IsFalse(File.Exists(Blob));
        _hub.Forget();
        CheckWeights(Download());
        Assert.AreEqual(left, _hub.Storage.Requests.Single().From);
        Assert.IsFalse(File.Exists(Incomplete));
    }

    [TestMethod]
    public void TwoProcessesDownloadEachFileOnce()
    {
        _hub.StorageAnswer = (_, usual) =>
        {
            Thread.Sleep(300);
            return usual;
        };
        using Process first = ChildProcess.Start(HubChild.Role, _hub.Hub.Address, _folder.FullPath, TestHub.Id);
        using Process second = ChildProcess.Start(HubChild.Role, _hub.Hub.Address, _folder.FullPath, TestHub.Id);
        string[] output = [first.StandardOutput.ReadToEnd(), second.StandardOutput.ReadToEnd()];
        Assert.AreEqual("", first.StandardError.ReadToEnd() + second.StandardError.ReadToEnd());
        Assert.AreEqual(output[0], output[1]);
        Assert.HasCount(1, _hub.Storage.Requests);
        Assert.HasCount(2, _hub.Hub.Requests.Where(r => r.Method == "GET" && r.Target.Contains("/resolve/") && !TestHub.IsLarge(r.Target)).ToArray());
        CheckWeights(BaseModel.FromCache(TestHub.Id, "main", _folder.FullPath));
    }

    [TestMethod]
    public void ABrokenBeginningIsThrownAway()
    {
        Directory.CreateDirectory(Blobs);
        File.WriteAllBytes(Incomplete, new byte[1000]);
        CheckWeights(Download());
        CollectionAssert.AreEqual((long[])[1000, 0], _hub.Storage.Requests.Select(r => r.From).ToArray());
    }

    [TestMethod]
    public void ATooLongBeginningIsThrownAway()
    {
        Directory.CreateDirectory(Blobs);
        File.WriteAllBytes(Incomplete, new byte[400_000]);
        CheckWeights(Download());
        Assert.AreEqual(0, _hub.Storage.Requests.Single().From);
    }

    [TestMethod]
    public void AWholeBeginningNeedsNoRequest()
    {
        Directory.CreateDirectory(Blobs);
        File.WriteAllBytes(Incomplete, _hub[Weights]);
        CheckWeights(Download());
        Assert.IsEmpty(_hub.Storage.Requests);
    }

    [TestMethod]
    public void A416StartsAnew()
    {
        Directory.CreateDirectory(Blobs);
        File.WriteAllBytes(Incomplete, _hub[Weights][..1000]);
        _hub.StorageAnswer = (request, usual) => request.From > 0 ? new HubReply(416, [], ("Content-Range", "bytes */300000")) : usual;
        CheckWeights(Download());
        CollectionAssert.AreEqual((long[])[1000, 0], _hub.Storage.Requests.Select(r => r.From).ToArray());
    }

    [TestMethod]
    public void AnotherRangeThanAskedForStartsAnew()
    {
        Directory.CreateDirectory(Blobs);
        File.WriteAllBytes(Incomplete, _hub[Weights][..1000]);
        _hub.StorageAnswer = (request, usual) => request.From > 0 ? new HubReply(206, _hub[Weights][500..], ("Content-Range", "bytes 500-299999/300000")) : usual;
        CheckWeights(Download());
    }

    [TestMethod]
    [DataRow(299_999L, "announces 299999 bytes where 300000 are left")]
    [DataRow(300_001L, "announces 300001 bytes where 300000 are left")]
    public void AWrongLengthIsRefused(long announced, string expected)
    {
        _hub.StorageAnswer = (_, usual) => usual with { AnnouncedLength = announced };
        Assert.Contains(expected, Fails(options => options.MaxRetries = 2).Message);
        Assert.HasCount(3, _hub.Storage.Requests);
        NothingIsPlaced();
    }

    [TestMethod]
    public void ALieAboutTheSizeIsFound()
    {
        // Too small: the announced size and the bytes differ. Too large: the bytes end early. Both would have the right hash.
        foreach (int size in (int[])[200_000, 400_000])
        {
            _hub.HubAnswer = (_, usual) => usual with { Headers = [.. usual.Headers.Select(h => h.Name == "X-Linked-Size" ? (h.Name, $"{size}") : h)] };
            Fails(options => options.MaxRetries = 1);
            NothingIsPlaced();
        }
    }

    [TestMethod]
    public void MoreBytesThanAnnouncedAreRefused()
    {
        // Without a Content-Length nothing is announced but by the hub.
        byte[] more = [.. _hub[Weights], 1];
        byte[] chunked = [.. Encoding.ASCII.GetBytes($"{more.Length:x}\r\n"), .. more, .. Encoding.ASCII.GetBytes("\r\n0\r\n\r\n")];
        _hub.StorageAnswer = (_, _) => new HubReply(200, chunked, ("Transfer-Encoding", "chunked"));
        Assert.Contains("sent more than the 300000 bytes", Fails(options => options.MaxRetries = 1).Message);
        NothingIsPlaced();
    }

    [TestMethod]
    public void WrongBytesAreRefused()
    {
        byte[] wrong = [.. _hub[Weights]];
        wrong[1234] ^= 1;
        _hub.StorageAnswer = (_, usual) => usual with { Body = wrong };
        string message = Fails().Message;
        foreach (string part in (string[])[Weights, "SHA-256", TestHub.Sha256(wrong), TestHub.Sha256(_hub[Weights])])
            Assert.Contains(part, message);
        NothingIsPlaced();
        Assert.AreEqual(0, new FileInfo(Incomplete).Length);
    }

    [TestMethod]
    public void WrongBytesOfASmallFileAreRefused()
    {
        byte[] wrong = TestHub.Bytes(3000, 99);
        _hub.HubAnswer = (request, usual) => request.Target.EndsWith("tokenizer.json", StringComparison.Ordinal) ? usual with { Body = wrong } : usual;
        string message = Fails().Message;
        Assert.Contains("git blob SHA-1", message);
        Assert.Contains(TestHub.GitHash(wrong), message);
    }

    [TestMethod]
    [DataRow("\"../../../../tmp/evil\"")]
    [DataRow("\"abc\"")]
    [DataRow("\"d41d8cd98f00b204e9800998ecf8427e-2\"")]
    public void AnETagThatIsNoHashIsRefused(string etag)
    {
        _hub.HubAnswer = (_, usual) => usual with { Headers = [.. usual.Headers.Select(h => h.Name == "X-Linked-Etag" ? (h.Name, etag) : h)] };
        Assert.Contains(etag.Trim('"'), Fails().Message);
        NothingIsPlaced();
    }

    [TestMethod]
    public void TheTokenStaysWithTheEndpoint()
    {
        Download(options => options.Token = "hf_secret");
        Assert.IsNotEmpty(_hub.Storage.Requests);
        Assert.IsTrue(_hub.Hub.Requests.All(r => r.Header("Authorization") == "Bearer hf_secret"));
        Assert.IsTrue(_hub.Storage.Requests.All(r => r.Header("Authorization") is null));
        Assert.IsFalse(_hub.Storage.Requests.SelectMany(r => r.Headers.Values).Any(v => v.Contains("hf_secret")));
    }

    [TestMethod]
    public void AnotherPortOfTheSameHostIsAnotherHost()
    {
        using var other = new TestServer(_ => new HubReply(200, _hub[Weights]));
        _hub.HubAnswer = (_, usual) => usual with { Headers = [.. usual.Headers.Select(h => h.Name == "Location" ? (h.Name, other.Address + "/x") : h)] };
        CheckWeights(Download(options => options.Token = "hf_secret"));
        Assert.IsNull(other.Requests.Single().Header("Authorization"));
    }

    [TestMethod]
    public void ARenamedModelIsFollowedOnTheSameHost()
    {
        _hub.HubAnswer = (request, usual) => request.Target.Contains("old-org/old")
            ? new HubReply(307, [], ("Location", request.Target.Replace("old-org/old", TestHub.Id))) : usual;
        HubOptions options = _hub.Options(_folder.FullPath);
        options.Token = "hf_secret";
        BaseModel model = BaseModel.FromHub("old-org/old", options: options);
        Assert.IsTrue(File.Exists(Path.Combine(model.Directory, Weights)));
        Assert.IsTrue(_hub.Hub.Requests.All(r => r.Header("Authorization") == "Bearer hf_secret"));
    }

    [TestMethod]
    public void RedirectsEnd()
    {
        _hub.StorageAnswer = (request, _) => new HubReply(302, [], ("Location", request.Target));
        Assert.Contains("redirects more than", Fails().Message);
        _hub.StorageAnswer = (_, _) => new HubReply(302, [], ("Location", "file:///etc/passwd"));
        Assert.Contains("not safe to follow", Fails().Message);
    }

    [TestMethod]
    [DataRow(401, "", "HF_TOKEN")]
    [DataRow(403, "GatedRepo", "gated")]
    [DataRow(403, "", "forbidden")]
    [DataRow(404, "", "does not exist")]
    [DataRow(404, "RevisionNotFound", "no such revision")]
    public void ARefusalIsFinal(int status, string code, string expected)
    {
        _hub.HubAnswer = (_, _) => HubReply.Text(status, "", ("X-Error-Code", code), ("X-Error-Message", "as the server says"));
        HubException error = Fails();
        Assert.AreEqual((HttpStatusCode)status, error.StatusCode);
        Assert.Contains(expected, error.Message);
        Assert.Contains("as the server says", error.Message);
        Assert.HasCount(1, _hub.Hub.Requests, "not tried again");
    }

    [TestMethod]
    public void A404ForAListedFileIsFinal()
    {
        _hub.HubAnswer = (request, usual) => request.Target.EndsWith(Weights, StringComparison.Ordinal) ? HubReply.Text(404, "", ("X-Error-Code", "EntryNotFound")) : usual;
        Assert.Contains(Weights, Fails().Message);
        NothingIsPlaced();
    }

    [TestMethod]
    public void PausesDoubleUpToALimit()
    {
        var time = new ImmediateTime();
        int requests = 0;
        _hub.HubAnswer = (_, usual) => ++requests <= 5 ? HubReply.Text(requests % 2 == 0 ? 503 : 500, "") : usual;
        CheckWeights(Download(options => Patient(options, time)));
        CollectionAssert.AreEqual((double[])[1, 2, 4, 8, 8], time.Pauses.Select(p => p.TotalSeconds).ToArray());
    }

    [TestMethod]
    public void AServerThatStaysBrokenIsGivenUp()
    {
        _hub.HubAnswer = (_, _) => HubReply.Text(500, "");
        HubException error = Fails(options => options.MaxRetries = 2);
        Assert.AreEqual(HttpStatusCode.InternalServerError, error.StatusCode);
        Assert.HasCount(3, _hub.Hub.Requests);
    }

    [TestMethod]
    public void RetryAfterIsHonoured()
    {
        var time = new ImmediateTime();
        (string, string)[] waits = [("Retry-After", "17"), ("Retry-After", time.Now.AddSeconds(42).ToString("R")), ("RateLimit", "\"api\";r=0;t=55"), ("Retry-After", "0")];
        int requests = 0;
        _hub.HubAnswer = (_, usual) => requests < waits.Length ? HubReply.Text(429, "", waits[requests++]) : usual;
        CheckWeights(Download(options => Patient(options, time)));
        // A pause of zero needs no timer.
        CollectionAssert.AreEqual((double[])[17, 42, 55], time.Pauses.Select(p => p.TotalSeconds).ToArray());
    }

    [TestMethod]
    public void ATooLongRetryAfterIsAnError()
    {
        _hub.HubAnswer = (_, _) => HubReply.Text(429, "", ("Retry-After", "86400"));
        HubException error = Fails();
        Assert.AreEqual(HttpStatusCode.TooManyRequests, error.StatusCode);
        Assert.Contains("86400 seconds", error.Message);
        Assert.HasCount(1, _hub.Hub.Requests);
    }

    [TestMethod]
    public void ASilentServerIsLeftAndContinued()
    {
        _hub.StorageAnswer = (request, usual) => request.From == 0 ? usual with { StallAfter = 100_000 } : usual;
        CheckWeights(Download(options => options.Timeout = TimeSpan.FromMilliseconds(500)));
        Assert.AreEqual(100_000, _hub.Storage.Requests[1].From);
    }

    [TestMethod]
    public void ASlowServerIsWaitedForAsLongAsSomethingComes()
    {
        var timeout = TimeSpan.FromSeconds(1.5);
        _hub.StorageAnswer = (_, usual) => usual with { Pieces = (20_000, TimeSpan.FromMilliseconds(130)) };
        var watch = Stopwatch.StartNew();
        CheckWeights(Download(options => options.Timeout = timeout));
        Assert.IsGreaterThan(timeout, watch.Elapsed, "slower in all than any single wait may be");
        Assert.HasCount(1, _hub.Storage.Requests);
    }

    [TestMethod]
    public void AServerThatIsNotThereIsNamed()
    {
        string address;
        using (var gone = new TestServer(_ => HubReply.Text(200, "")))
            address = gone.Address;
        Assert.Contains(address, Fails(options => (options.Endpoint, options.MaxRetries) = (address, 1)).Message);
    }

    [TestMethod]
    public async Task CancellingKeepsWhatIsThere()
    {
        _hub.StorageAnswer = (_, usual) => usual with { StallAfter = 200_000 };
        using var cancel = new CancellationTokenSource();
        HubOptions options = _hub.Options(_folder.FullPath);
        Task<BaseModel> download = BaseModel.FromHubAsync(TestHub.Id, options: options, cancellationToken: cancel.Token);
        WaitUntil(() => File.Exists(Incomplete) && new FileInfo(Incomplete).Length > 100_000);
        var watch = Stopwatch.StartNew();
        await cancel.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(() => download);
        Assert.IsLessThan(5, watch.Elapsed.TotalSeconds);
        long left = new FileInfo(Incomplete).Length;
        Assert.IsGreaterThan(100_000, left);
        NothingIsPlaced();
        _hub.StorageAnswer = null;
        _hub.Forget();
        CheckWeights(Download());
        Assert.AreEqual(left, _hub.Storage.Requests.Single().From);
    }

    [TestMethod]
    [DataRow("../../../evil.json")]
    [DataRow("/etc/evil")]
    [DataRow("C:\\evil")]
    [DataRow("a/../../b/config.json")]
    [DataRow("1_Pooling\\..\\..\\config.json")]
    [DataRow("a//b")]
    [DataRow("a:b")]
    public void ANameThatEscapesIsRefused(string name)
    {
        _hub.Add(name, [1, 2, 3]);
        HubException error = Fails();
        Assert.Contains("could leave the folder", error.Message);
        Assert.HasCount(1, _hub.Hub.Requests);
        Assert.IsEmpty(Directory.GetFileSystemEntries(_folder.FullPath));
    }

    [TestMethod]
    public void AnIndexThatEscapesIsRefused()
    {
        _hub.Remove(Weights);
        _hub.Add("model.safetensors.index.json", Encoding.UTF8.GetBytes("""{ "weight_map": { "a": "../../../evil.safetensors" } }"""));
        Assert.Contains("evil", Assert.ThrowsExactly<LoraFormatException>(() => Download()).Message);
        _hub.Add("model.safetensors.index.json", Encoding.UTF8.GetBytes("""{ "weight_map": { "a": "not-listed.safetensors" } }"""));
        Assert.Contains("not-listed", Fails().Message);
    }

    [TestMethod]
    [DataRow("not json")]
    [DataRow("[]")]
    [DataRow("{}")]
    [DataRow("""{ "sha": 5, "siblings": [] }""")]
    [DataRow("""{ "sha": "../x", "siblings": [] }""")]
    [DataRow("""{ "sha": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "siblings": [5] }""")]
    public void AListingThatIsNoneIsRefused(string listing)
    {
        _hub.HubAnswer = (_, _) => HubReply.Text(200, listing);
        Assert.Contains("/api/models/", Fails().Message);
    }

    private HubException Fails(Action<HubOptions>? change = null) => Assert.ThrowsExactly<HubException>(() => Download(change));

    private void CheckWeights(BaseModel model) => CollectionAssert.AreEqual(_hub[Weights], File.ReadAllBytes(Path.Combine(model.Directory, Weights)));

    private void NothingIsPlaced()
    {
        Assert.IsFalse(File.Exists(Blob));
        Assert.ThrowsExactly<BaseModelException>(() => BaseModel.FromCache(TestHub.Id, "main", _folder.FullPath));
    }

    private static void Patient(HubOptions options, ImmediateTime time)
    {
        options.RetryDelay = TimeSpan.FromSeconds(1);
        options.MaxRetryDelay = TimeSpan.FromSeconds(8);
        options.Time = time;
    }

    private static void WaitUntil(Func<bool> condition)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.IsLessThan(30, watch.Elapsed.TotalSeconds, "waited too long");
            Thread.Sleep(10);
        }
    }
}
