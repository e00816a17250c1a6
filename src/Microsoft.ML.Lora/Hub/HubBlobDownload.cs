using System.Net;
using System.Net.Http.Headers;

namespace Microsoft.ML.Lora.Hub;

/// <summary>
/// Downloads one content to its place among the blobs: into <c>HASH.incomplete</c> beside it, continuing what an earlier attempt or process left there;
/// then size and hash are checked, the file is flushed to disk and renamed. The caller holds the lock of the content.
/// </summary>
internal sealed class HubBlobDownload(HubClient client, HubOptions options, HubFile file, string blobPath, Action<long> report)
{
    private const int BufferSize = 1 << 17;

    private readonly HubRetry _retry = new(options, $"Downloading '{file.Name}'");
    private string? _validator = file.Validator;
    private long _position;
    private long _furthest;

    /// <summary>Downloads it.</summary>
    /// <exception cref="HubException">The hub refuses, cannot be reached, or what it sends is not what it announced.</exception>
    public async Task RunAsync(CancellationToken cancellation)
    {
        string incomplete = blobPath + ".incomplete";
        Directory.CreateDirectory(Path.GetDirectoryName(blobPath)!);
        // A second lock, for file systems and programs that do not honour the first one.
        await using (FileStream stream = await HubLock.AcquireAsync(incomplete, cancellation).ConfigureAwait(false))
        {
            using var hash = new ContentHash(file.Etag, file.Size);
            bool continued = await TakeUpAsync(stream, hash, cancellation).ConfigureAwait(false);
            string found = await FillAsync(stream, hash, cancellation).ConfigureAwait(false);
            if (found != file.Etag && continued)
            {
                // The beginning may have been wrong already.
                Restart(stream, hash);
                found = await FillAsync(stream, hash, cancellation).ConfigureAwait(false);
            }

            if (found != file.Etag)
            {
                stream.SetLength(0);
                throw new HubException($"'{file.Name}' from '{HubClient.Show(file.Address)}' is not what the hub announced: its {hash.Name} is {found}, " +
                    $"expected {file.Etag}. Nothing of it was kept.");
            }

            stream.Flush(flushToDisk: true);
        }

        File.Move(incomplete, blobPath, overwrite: true);
    }

    // Hashes what is there already; true where there is something.
    private async Task<bool> TakeUpAsync(FileStream stream, ContentHash hash, CancellationToken cancellation)
    {
        if (stream.Length > file.Size)
            stream.SetLength(0);
        byte[] buffer = new byte[BufferSize];
        while (await stream.ReadAsync(buffer, cancellation).ConfigureAwait(false) is var read and > 0)
        {
            hash.Append(buffer.AsSpan(0, read));
            _position += read;
        }

        _furthest = _position;
        report(_position);
        return _position > 0;
    }

    private async Task<string> FillAsync(FileStream stream, ContentHash hash, CancellationToken cancellation)
    {
        if (_position < file.Size)
        {
            await _retry.RunAsync(async () =>
            {
                await ContinueAsync(stream, hash, cancellation).ConfigureAwait(false);
                return true;
            }, cancellation).ConfigureAwait(false);
        }

        return hash.Finish();
    }

    // One request: from where we are to the end.
    private async Task ContinueAsync(FileStream stream, ContentHash hash, CancellationToken cancellation)
    {
        long from = _position;
        using HttpResponseMessage response = await client.SendAsync(HttpMethod.Get, file.Address, request => AskFor(request, from), cancellation).ConfigureAwait(false);
        Check(response, from, stream, hash);
        if (response.Headers.ETag is { IsWeak: false } etag)
            _validator = etag.Tag;
        Uri at = response.RequestMessage?.RequestUri ?? file.Address;
        using Stream body = await client.WithinTimeAsync(at, response.Content.ReadAsStreamAsync, cancellation).ConfigureAwait(false);
        byte[] buffer = new byte[BufferSize];
        while (await client.WithinTimeAsync(at, token => body.ReadAsync(buffer, token).AsTask(), cancellation).ConfigureAwait(false) is var read and > 0)
        {
            if (read > file.Size - _position)
            {
                Restart(stream, hash);
                throw new TransientFailure($"'{HubClient.Show(at)}' sent more than the {file.Size} bytes that were announced.");
            }

            stream.Write(buffer, 0, read);
            hash.Append(buffer.AsSpan(0, read));
            _position += read;
            if (_position > _furthest)
            {
                _furthest = _position;
                _retry.Progressed();
            }

            report(_position);
        }

        if (_position < file.Size)
            throw new TransientFailure($"'{HubClient.Show(at)}' ended after {_position} of {file.Size} bytes.");
    }

    private void AskFor(HttpRequestMessage request, long from)
    {
        if (from == 0)
            return;
        request.Headers.Range = new RangeHeaderValue(from, null);
        // A weak validator says nothing about bytes. Without one the hash decides in the end.
        if (_validator is not null && EntityTagHeaderValue.TryParse(_validator, out EntityTagHeaderValue? tag) && !tag.IsWeak)
            request.Headers.IfRange = new RangeConditionHeaderValue(tag);
    }

    // Whether the answer continues where we are; where it starts anew, so do we.
    private void Check(HttpResponseMessage response, long from, FileStream stream, ContentHash hash)
    {
        string where = $"'{HubClient.Show(response.RequestMessage?.RequestUri ?? file.Address)}'";
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            Restart(stream, hash);
            throw new TransientFailure($"{where} has no bytes from {from} on (416), where {file.Size} were announced.", response.StatusCode);
        }

        if (response.StatusCode == HttpStatusCode.PartialContent)
        {
            ContentRangeHeaderValue? range = response.Content.Headers.ContentRange;
            if (range?.From != from || range.Length is { } length && length != file.Size)
            {
                Restart(stream, hash);
                throw new TransientFailure($"{where} sent the range '{range}' where bytes from {from} of {file.Size} were asked for.", response.StatusCode);
            }
        }
        else if (response.StatusCode != HttpStatusCode.OK)
        {
            throw new HubException($"{where} answered {(int)response.StatusCode} where the bytes of '{file.Name}' were asked for.", response.StatusCode);
        }
        else if (from > 0)
        {
            Restart(stream, hash);
        }

        if (response.Content.Headers.ContentLength is { } announced && announced != file.Size - _position)
            throw new TransientFailure($"{where} announces {announced} bytes where {file.Size - _position} are left of {file.Size}.", response.StatusCode);
    }

    private void Restart(FileStream stream, ContentHash hash)
    {
        stream.SetLength(0);
        stream.Position = 0;
        hash.Restart();
        _position = 0;
        _validator = file.Validator;
    }
}
