using System.Net;

namespace Microsoft.ML.Lora;

/// <summary>How <see cref="BaseModel.FromHub"/> reaches the hub and where it puts what it downloads. Null settings are taken from the environment.</summary>
public sealed class HubOptions
{
    /// <summary>The address of the hub or of a mirror of it.</summary>
    /// <value>Default: null, the environment variable <c>HF_ENDPOINT</c>, else <c>https://huggingface.co</c>.</value>
    public string? Endpoint { get; set; }

    /// <summary>The proxy that requests go through.</summary>
    /// <value>Default: null, the system's (<c>HTTPS_PROXY</c>, <c>HTTP_PROXY</c>, <c>NO_PROXY</c> and the settings of the operating system).</value>
    public IWebProxy? Proxy { get; set; }

    /// <summary>The access token for private and gated models; sent to the endpoint only, never to a host that it redirects to.</summary>
    /// <value>
    /// Default: null, the environment variable <c>HF_TOKEN</c>, else the file that <c>HF_TOKEN_PATH</c> names, else <c>token</c> in <c>HF_HOME</c>.
    /// An empty text: none is sent.
    /// </value>
    public string? Token { get; set; }

    /// <summary>The hub cache: the folder that holds <c>models--org--name</c> folders.</summary>
    /// <value>Default: null, the environment variable <c>HF_HUB_CACHE</c>, else <c>hub</c> in <c>HF_HOME</c>, else <c>~/.cache/huggingface/hub</c>.</value>
    public string? CacheDirectory { get; set; }

    /// <summary>How often a request is tried again in a row without having brought anything new.</summary>
    /// <value>Default: 5. Range: 0 and up.</value>
    public int MaxRetries { get; set; } = 5;

    /// <summary>The pause before the first retry; it doubles with each further one.</summary>
    /// <value>Default: 1 second.</value>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest pause that doubling comes to.</summary>
    /// <value>Default: 8 seconds.</value>
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromSeconds(8);

    /// <summary>The longest pause that a server may ask for (<c>Retry-After</c>); where it asks for more, the download fails and says so.</summary>
    /// <value>Default: 5 minutes.</value>
    public TimeSpan MaxRetryAfter { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long to wait for a connection, for an answer, or for the next bytes of one.</summary>
    /// <value>Default: 30 seconds. There is no limit on the whole download: cancel it.</value>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Told at the start and the end of every file and after about every megabyte.</summary>
    /// <value>Default: null, nobody.</value>
    public IProgress<HubProgress>? Progress { get; set; }

    /// <summary>How the model is used once it is there. Its <see cref="BaseModelOptions.Id"/> stays null: the id is the hub's.</summary>
    /// <value>Default: null, the defaults.</value>
    public BaseModelOptions? Model { get; set; }

    /// <summary>What pauses and dates are measured with.</summary>
    internal TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>Checks all values.</summary>
    /// <exception cref="ArgumentException">The message names every option that is wrong.</exception>
    internal void Check()
    {
        List<string> problems = [];
        if (MaxRetries < 0)
            problems.Add($"MaxRetries is {MaxRetries}; it must not be negative.");
        foreach ((string name, TimeSpan value, bool positive) in ((string, TimeSpan, bool)[])[
            (nameof(RetryDelay), RetryDelay, false), (nameof(MaxRetryDelay), MaxRetryDelay, false), (nameof(MaxRetryAfter), MaxRetryAfter, false), (nameof(Timeout), Timeout, true)])
        {
            if (value < TimeSpan.Zero || positive && value == TimeSpan.Zero || value > TimeSpan.FromDays(1))
                problems.Add($"{name} is {value}; it must be {(positive ? "above" : "at least")} zero and at most a day.");
        }

        if (problems.Count > 0)
            throw new ArgumentException($"HubOptions: {string.Join(' ', problems)}");
    }
}
