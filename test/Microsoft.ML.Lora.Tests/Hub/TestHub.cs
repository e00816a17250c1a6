using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Microsoft.ML.Lora.Tests.Hub;

/// <summary>
/// A hub with one model, and the other host that it keeps large files on, as the real one does: listing, HEAD with the file's hash, redirect, ranges.
/// Tests replace single answers.
/// </summary>
internal sealed class TestHub : IDisposable
{
    public const string Id = "some-org/tiny";

    private readonly Dictionary<string, byte[]> _files = new(StringComparer.Ordinal);

    public TestHub(bool withFiles = true)
    {
        Storage = new TestServer(request => Stored(request) is var usual && StorageAnswer is { } answer ? answer(request, usual) : usual, "localhost");
        Hub = new TestServer(request => Answer(request) is var usual && HubAnswer is { } answer ? answer(request, usual) : usual);
        if (withFiles)
        {
            Add("config.json", Encoding.UTF8.GetBytes("""{ "model_type": "bert" }"""));
            Add("tokenizer.json", Bytes(3000, 1));
            Add("model.safetensors", Bytes(300_000, 2));
        }
    }

    public TestServer Hub { get; }

    public TestServer Storage { get; }

    /// <summary>The commit of main.</summary>
    public string Commit { get; set; } = new('a', 40);

    /// <summary>Gets each request and the usual answer.</summary>
    public Func<HubRequest, HubReply, HubReply>? HubAnswer { get; set; }

    /// <summary>As <see cref="HubAnswer"/>, for the host of large files.</summary>
    public Func<HubRequest, HubReply, HubReply>? StorageAnswer { get; set; }

    public byte[] this[string name] => _files[name];

    public void Add(string name, byte[] content) => _files[name] = content;

    public void Remove(string name) => _files.Remove(name);

    public void Forget()
    {
        Hub.Forget();
        Storage.Forget();
    }

    /// <summary>Options for a test: this hub, no token, pauses of milliseconds.</summary>
    public HubOptions Options(string cache) => new()
    {
        Endpoint = Hub.Address,
        CacheDirectory = cache,
        Token = "",
        RetryDelay = TimeSpan.FromMilliseconds(1),
        MaxRetryDelay = TimeSpan.FromMilliseconds(4),
        Timeout = TimeSpan.FromSeconds(20),
    };

    public static byte[] Bytes(int count, int seed)
    {
        byte[] bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public static string Sha256(byte[] content) => Convert.ToHexString(SHA256.HashData(content)).ToLowerInvariant();

    public static string GitHash(byte[] content) =>
        Convert.ToHexString(SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {content.Length}\0"), .. content])).ToLowerInvariant();

    public static bool IsLarge(string name) => name.EndsWith(".safetensors", StringComparison.Ordinal) || name.EndsWith(".bin", StringComparison.Ordinal);

    /// <summary>The hash that a file's blob is named by.</summary>
    public string Etag(string name) => IsLarge(name) ? Sha256(_files[name]) : GitHash(_files[name]);

    public void Dispose()
    {
        Hub.Dispose();
        Storage.Dispose();
    }

    private HubReply Answer(HubRequest request)
    {
        string listing = $"/api/models/{Id}/revision/";
        if (request.Target.StartsWith(listing, StringComparison.Ordinal))
        {
            return request.Target[listing.Length..] is var revision && (revision == "main" || revision == Commit)
                ? HubReply.Text(200, JsonSerializer.Serialize(new { sha = Commit, siblings = _files.Keys.Select(name => new { rfilename = name }) }))
                : HubReply.Text(404, "", ("X-Error-Code", "RevisionNotFound"), ("X-Error-Message", "Invalid rev id"));
        }

        string resolve = $"/{Id}/resolve/{Commit}/";
        if (!request.Target.StartsWith(resolve, StringComparison.Ordinal))
            return HubReply.Text(404, "", ("X-Error-Code", "RepoNotFound"));
        string name = Uri.UnescapeDataString(request.Target[resolve.Length..]);
        if (!_files.TryGetValue(name, out byte[]? content))
            return HubReply.Text(404, "", ("X-Error-Code", "EntryNotFound"));
        if (!IsLarge(name))
            return Ranged(request, content, $"\"{GitHash(content)}\"", ("X-Repo-Commit", Commit));
        return new HubReply(302, [], ("X-Repo-Commit", Commit), ("ETag", "\"of-the-pointer\""), ("X-Linked-Etag", $"\"{Sha256(content)}\""),
            ("X-Linked-Size", $"{content.Length}"), ("Location", $"{Storage.Address}/store/{name}?signature=secret"));
    }

    private HubReply Stored(HubRequest request)
    {
        byte[] content = _files[request.Target.Split('?')[0]["/store/".Length..]];
        // As on the real storage: an ETag of its own, not the hash.
        return Ranged(request, content, $"\"stored-{content.Length}\"");
    }

    private static HubReply Ranged(HubRequest request, byte[] content, string etag, params (string, string)[] headers)
    {
        headers = [.. headers, ("ETag", etag), ("Accept-Ranges", "bytes")];
        if (request.From == 0 || request.Header("If-Range") is { } condition && condition != etag)
            return new HubReply(200, content, headers);
        return request.From >= content.Length
            ? new HubReply(416, [], [.. headers, ("Content-Range", $"bytes */{content.Length}")])
            : new HubReply(206, content[(int)request.From..], [.. headers, ("Content-Range", $"bytes {request.From}-{content.Length - 1}/{content.Length}")]);
    }
}
