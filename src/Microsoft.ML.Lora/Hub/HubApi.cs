using System.Globalization;
using System.Net;
using System.Text.Json;

namespace Microsoft.ML.Lora.Hub;

/// <summary>The two questions asked of the hub before bytes: which files a revision has, and what a file is.</summary>
internal sealed class HubApi(HubClient client, HubOptions options)
{
    // A repository with a hundred thousand files stays below.
    private const int MaxListingBytes = 32 << 20;

    /// <summary>The commit of a revision and the names of its files.</summary>
    /// <exception cref="HubException">The hub refuses, or its answer is broken, or it lists a name that would leave the folder.</exception>
    public async Task<(string Commit, IReadOnlySet<string> Names)> ListAsync(string id, string revision, CancellationToken cancellation)
    {
        Uri address = client.Address(["api", "models", .. id.Split('/'), "revision", revision]);
        byte[] json = await new HubRetry(options, $"Listing '{id}', revision '{revision}'").RunAsync(() => ReadAsync(address, cancellation), cancellation).ConfigureAwait(false);
        string where = HubClient.Show(address);
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            string? commit = document.RootElement.GetProperty("sha").GetString();
            if (commit is null || !HubNames.IsCommit(commit))
                throw new HubException($"'{where}' gives no commit hash for the revision '{revision}' but '{LoraFormatException.Shorten(commit ?? "null")}'.");
            if (HubNames.IsCommit(revision) && commit != revision)
                throw new HubException($"'{where}' was asked for the commit {revision} and answers for {commit}.");
            var names = new HashSet<string>(StringComparer.Ordinal);
            foreach (JsonElement file in document.RootElement.GetProperty("siblings").EnumerateArray())
            {
                string name = file.GetProperty("rfilename").GetString() ?? "";
                if (HubNames.Escapes(name))
                    throw new HubException($"'{where}' lists the file '{LoraFormatException.Shorten(name)}', a name that could leave the folder of the model. Nothing was downloaded.");
                // What is merely odd, a colon or a question mark in a name, is none of the files that are wanted.
                if (HubNames.IsSafePath(name))
                    names.Add(name);
            }

            return (commit, names);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new HubException($"'{where}' did not answer with a listing of files: {e.Message} Is the endpoint '{client.Endpoint}' a hub?", null, e);
        }
    }

    /// <summary>Size and hash of a file.</summary>
    /// <exception cref="HubException">The hub refuses, or does not say them.</exception>
    public Task<HubFile> DescribeAsync(string id, string commit, string name, CancellationToken cancellation)
    {
        Uri address = client.Address([.. id.Split('/'), "resolve", commit, .. name.Split('/')]);
        return new HubRetry(options, $"Asking for '{name}' of '{id}'").RunAsync(async () =>
        {
            using HttpResponseMessage response = await client.SendAsync(HttpMethod.Head, address, null, cancellation).ConfigureAwait(false);
            string where = HubClient.Show(address);
            // 200, or a redirect to where the bytes are.
            if (response.StatusCode != HttpStatusCode.OK && (int)response.StatusCode is not (>= 300 and < 400))
                throw new HubException($"'{where}' answered {(int)response.StatusCode} where the size and hash of '{name}' were asked for.", response.StatusCode);
            if (HubHeaders.Text(response, HubHeaders.Commit) is { } of && of != commit)
                throw new HubException($"'{where}' answers for the commit '{LoraFormatException.Shorten(of)}'; {commit} was asked for.");
            string? linked = HubHeaders.Text(response, HubHeaders.LinkedEtag);
            string? etag = HubHeaders.Bare(linked ?? response.Headers.ETag?.Tag);
            if (etag is null || !ContentHash.IsHash(etag))
            {
                throw new HubException($"'{where}' names no hash that its bytes can be checked by: found {(etag is null ? "no ETag" : $"'{LoraFormatException.Shorten(etag)}'")}, " +
                    "expected 64 (SHA-256) or 40 (git) hexadecimal digits. Is there a proxy or a mirror that replaces ETags?");
            }

            long? size = long.TryParse(HubHeaders.Text(response, HubHeaders.LinkedSize), NumberStyles.None, CultureInfo.InvariantCulture, out long given)
                ? given : response.IsSuccessStatusCode ? response.Content.Headers.ContentLength : null;
            if (size is null)
                throw new HubException($"'{where}' does not say how large the file is.");
            return new HubFile(name, etag, size.Value, address, linked is null && response.IsSuccessStatusCode ? response.Headers.ETag?.ToString() : null);
        }, cancellation);
    }

    private async Task<byte[]> ReadAsync(Uri address, CancellationToken cancellation)
    {
        using HttpResponseMessage response = await client.SendAsync(HttpMethod.Get, address, null, cancellation).ConfigureAwait(false);
        if (response.StatusCode != HttpStatusCode.OK)
            throw new HubException($"'{HubClient.Show(address)}' answered {(int)response.StatusCode} where a listing of files was asked for.", response.StatusCode);
        using Stream body = await client.WithinTimeAsync(address, response.Content.ReadAsStreamAsync, cancellation).ConfigureAwait(false);
        using var all = new MemoryStream();
        byte[] buffer = new byte[1 << 16];
        while (await client.WithinTimeAsync(address, token => body.ReadAsync(buffer, token).AsTask(), cancellation).ConfigureAwait(false) is var read and > 0)
        {
            all.Write(buffer, 0, read);
            if (all.Length > MaxListingBytes)
                throw new HubException($"'{HubClient.Show(address)}' answers with more than {MaxListingBytes} bytes where a listing of files is expected.");
        }

        return all.ToArray();
    }
}
