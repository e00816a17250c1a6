using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;

namespace Microsoft.ML.Lora.Hub;

/// <summary>
/// Sends single requests to the hub. Follows redirects by itself, so that the access token goes to the endpoint and nowhere else, and turns
/// answers that are no success into <see cref="TransientFailure"/> or <see cref="HubException"/>.
/// </summary>
internal sealed partial class HubClient : IDisposable
{
    private const int MaxRedirects = 10;

    private readonly HttpClient _http;
    private readonly HubOptions _options;
    private readonly string? _token;

    /// <summary>A client.</summary>
    /// <exception cref="ArgumentException">The endpoint or the token cannot be used.</exception>
    public HubClient(HubOptions options)
    {
        _options = options;
        string endpoint = options.Endpoint ?? HubEnvironment.Endpoint;
        if (!Uri.TryCreate(endpoint.TrimEnd('/') + "/", UriKind.Absolute, out Uri? uri) || !IsHttp(uri) || uri.Query.Length > 0 || uri.Fragment.Length > 0)
            throw new ArgumentException($"The endpoint '{endpoint}' (HubOptions.Endpoint, HF_ENDPOINT) is not an address of the form https://host.");
        Endpoint = uri;
        _token = (options.Token ?? HubEnvironment.Token) is { Length: > 0 } token ? token : null;
        if (_token is not null && !_token.All(c => c is > ' ' and < (char)127))
            throw new ArgumentException("The access token (HubOptions.Token, HF_TOKEN) has characters that a token cannot have; it is not shown here.");
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = options.Timeout,
        };
        if (options.Proxy is not null)
            handler.Proxy = options.Proxy;
        _http = new HttpClient(handler) { Timeout = System.Threading.Timeout.InfiniteTimeSpan };
    }

    /// <summary>The hub's address, with a slash at its end.</summary>
    public Uri Endpoint { get; }

    /// <summary>True where a token is sent to the endpoint.</summary>
    public bool HasToken => _token is not null;

    /// <summary>An address below the endpoint; every part is escaped, a slash in it too.</summary>
    public Uri Address(params IEnumerable<string> parts) => new(Endpoint, string.Join('/', parts.Select(Uri.EscapeDataString)));

    /// <summary>Sends a request and follows redirects. The caller disposes the response.</summary>
    /// <param name="method">GET, or HEAD, which stays with the endpoint: where it redirects elsewhere, that answer is returned.</param>
    /// <param name="address">Where to.</param>
    /// <param name="change">Adds headers, or null.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="TransientFailure">It may be tried again.</exception>
    /// <exception cref="HubException">It may not.</exception>
    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, Uri address, Action<HttpRequestMessage>? change, CancellationToken cancellation)
    {
        Uri at = address;
        for (int hops = 0; ; hops++)
        {
            HttpResponseMessage response = await SendOnceAsync(method, at, change, cancellation).ConfigureAwait(false);
            try
            {
                if (response.StatusCode is not (HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther
                    or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect) || response.Headers.Location is not { } location)
                {
                    if (!response.IsSuccessStatusCode && response.StatusCode != HttpStatusCode.RequestedRangeNotSatisfiable)
                        throw Failure(response, at);
                    return response;
                }

                if (!Uri.TryCreate(at, location, out Uri? next))
                    throw new HubException($"'{Show(at)}' redirects to '{LoraFormatException.Shorten(location.OriginalString)}', which is no address.", response.StatusCode);
                if (method == HttpMethod.Head && (!IsEndpoint(next) || response.Headers.Contains(HubHeaders.LinkedEtag)))
                    return response;
                if (!IsHttp(next) || at.Scheme == Uri.UriSchemeHttps && next.Scheme != Uri.UriSchemeHttps)
                    throw new HubException($"'{Show(at)}' redirects to '{Show(next)}', which is not safe to follow.", response.StatusCode);
                if (hops == MaxRedirects)
                    throw new HubException($"'{Show(address)}' redirects more than {MaxRedirects} times, now to '{Show(next)}'.", response.StatusCode);
                at = next;
            }
            catch
            {
                response.Dispose();
                throw;
            }

            response.Dispose();
        }
    }

    /// <summary>Runs one step of a conversation with a limit on its time and names its failures.</summary>
    public async Task<T> WithinTimeAsync<T>(Uri at, Func<CancellationToken, Task<T>> step, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(_options.Timeout);
        try
        {
            return await step(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new TransientFailure($"nothing came from '{Show(at)}' within {_options.Timeout.TotalSeconds:0.###} seconds (HubOptions.Timeout).", inner: e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException and not HubException)
        {
            // What fails because the caller ends it was not the server's failure.
            cancellation.ThrowIfCancellationRequested();
            throw new TransientFailure($"the connection to '{Show(at)}' failed: {Innermost(e)}", inner: e);
        }
    }

    /// <summary>An address for messages: what signs it stays out.</summary>
    public static string Show(Uri address) => LoraFormatException.Shorten(address.GetLeftPart(UriPartial.Path));

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> SendOnceAsync(HttpMethod method, Uri at, Action<HttpRequestMessage>? change, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, at);
        request.Headers.TryAddWithoutValidation("User-Agent", $"Microsoft.ML.Lora; dotnet/{Environment.Version}");
        // What is asked for are the bytes that the hashes are about.
        request.Headers.TryAddWithoutValidation("Accept-Encoding", "identity");
        if (_token is not null && IsEndpoint(at))
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _token);
        change?.Invoke(request);
        return await WithinTimeAsync(at, token => _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, token), cancellation).ConfigureAwait(false);
    }

    private Exception Failure(HttpResponseMessage response, Uri at)
    {
        HttpStatusCode status = response.StatusCode;
        string code = HubHeaders.Text(response, HubHeaders.ErrorCode) ?? "", said = HubHeaders.Text(response, HubHeaders.ErrorMessage) ?? "";
        string text = $"'{Show(at)}' answered {(int)status} {LoraFormatException.Shorten(response.ReasonPhrase ?? "")}{(said.Length > 0 ? $" ({LoraFormatException.Shorten(said)})" : "")}.";
        if (status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or HttpStatusCode.InternalServerError or HttpStatusCode.BadGateway
            or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout)
        {
            return new TransientFailure(text, status, RetryAfter(response));
        }

        string token = HasToken ? "the access token that was sent does not give access" : "no access token was sent: set HF_TOKEN or HubOptions.Token";
        return new HubException(text + (status, code) switch
        {
            (_, "GatedRepo") => $" The model is gated: ask for access on its page ({token}).",
            (_, "RevisionNotFound") => " The model has no such revision.",
            (_, "EntryNotFound") => " The revision has no such file.",
            (HttpStatusCode.Unauthorized, _) => $" The model does not exist, or is private or gated ({token}).",
            (HttpStatusCode.Forbidden, _) => $" Access is forbidden ({token}).",
            (HttpStatusCode.NotFound, _) => " It does not exist there; a private model looks the same without a token.",
            (HttpStatusCode.ProxyAuthenticationRequired, _) => " The proxy wants credentials: set HubOptions.Proxy.",
            _ => "",
        }, status);
    }

    private TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        // The hub's rate limits: "api";r=0;t=55
        if (response.StatusCode == HttpStatusCode.TooManyRequests && HubHeaders.Text(response, HubHeaders.RateLimit) is { } limit
            && RateLimit().Match(limit) is { Success: true } match && int.TryParse(match.Groups[1].Value, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds))
        {
            return TimeSpan.FromSeconds(seconds);
        }

        TimeSpan? wait = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - _options.Time.GetUtcNow(),
            _ => null,
        };
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }

    private bool IsEndpoint(Uri address) => Uri.Compare(address, Endpoint, UriComponents.SchemeAndServer, UriFormat.UriEscaped, StringComparison.OrdinalIgnoreCase) == 0;

    private static bool IsHttp(Uri address) => address.Scheme == Uri.UriSchemeHttps || address.Scheme == Uri.UriSchemeHttp;

    private static string Innermost(Exception e)
    {
        while (e.InnerException is { } inner)
            e = inner;
        return e.Message.EndsWith('.') ? e.Message : e.Message + ".";
    }

    [GeneratedRegex(@";\s*r\s*=\s*0\s*;\s*t\s*=\s*([0-9]{1,9})\b", RegexOptions.CultureInvariant)]
    private static partial Regex RateLimit();
}
