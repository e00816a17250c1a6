using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Microsoft.ML.Lora.Tests.Hub;

/// <summary>An HTTP server on a port of its own that answers as it is told to: one request per connection, byte for byte.</summary>
internal sealed class TestServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<HubRequest> _requests = new();
    private readonly Func<HubRequest, HubReply> _answer;

    public TestServer(Func<HubRequest, HubReply> answer, string host = "127.0.0.1")
    {
        _answer = answer;
        _listener.Start();
        Address = $"http://{host}:{((IPEndPoint)_listener.LocalEndpoint).Port}";
        _ = AcceptAsync();
    }

    public string Address { get; }

    /// <summary>All requests so far.</summary>
    public IReadOnlyList<HubRequest> Requests => [.. _requests];

    public void Forget() => _requests.Clear();

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                TcpClient client = await _listener.AcceptTcpClientAsync(_stop.Token);
                _ = Task.Run(() => ServeAsync(client));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                await using NetworkStream stream = client.GetStream();
                if (await ReadAsync(stream) is not { } request)
                    return;
                _requests.Enqueue(request);
                await SendAsync(stream, request, _answer(request));
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
            {
                // The other side has gone, or the server stops.
            }
        }
    }

    private async Task SendAsync(NetworkStream stream, HubRequest request, HubReply reply)
    {
        var head = new StringBuilder($"HTTP/1.1 {reply.Status} Status {reply.Status}\r\nConnection: close\r\n");
        if (!reply.Headers.Any(header => header.Name == "Transfer-Encoding"))
            head.Append($"Content-Length: {reply.AnnouncedLength ?? reply.Body.Length}\r\n");
        foreach ((string name, string value) in reply.Headers)
            head.Append($"{name}: {value}\r\n");
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()), _stop.Token);
        if (request.Method == "HEAD")
            return;
        int length = Math.Min(reply.CutAfter ?? int.MaxValue, Math.Min(reply.StallAfter ?? int.MaxValue, reply.Body.Length));
        (int piece, TimeSpan pause) = reply.Pieces ?? (Math.Max(1, length), TimeSpan.Zero);
        for (int sent = 0; sent < length; sent += piece)
        {
            await stream.WriteAsync(reply.Body.AsMemory(sent, Math.Min(piece, length - sent)), _stop.Token);
            await stream.FlushAsync(_stop.Token);
            await Task.Delay(pause, _stop.Token);
        }

        if (reply.StallAfter is not null)
            await Task.Delay(Timeout.Infinite, _stop.Token);
    }

    private async Task<HubRequest?> ReadAsync(NetworkStream stream)
    {
        var text = new StringBuilder();
        byte[] one = new byte[1];
        while (!(text.Length >= 4 && text.ToString(text.Length - 4, 4) == "\r\n\r\n"))
        {
            if (await stream.ReadAsync(one, _stop.Token) == 0)
                return null;
            text.Append((char)one[0]);
        }

        string[] lines = text.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        string[] first = lines[0].Split(' ');
        return new HubRequest(first[0], first[1], lines.Skip(1).Select(line => line.Split(": ", 2))
            .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase));
    }
}
