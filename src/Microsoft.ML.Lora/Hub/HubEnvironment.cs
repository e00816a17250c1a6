namespace Microsoft.ML.Lora.Hub;

/// <summary>What the environment variables of Hugging Face's libraries say; read at each use, never written.</summary>
internal static class HubEnvironment
{
    private const string DefaultEndpoint = "https://huggingface.co";

    /// <summary>True where the network must not be used: <c>HF_HUB_OFFLINE</c>, or <c>TRANSFORMERS_OFFLINE</c>.</summary>
    public static bool IsOffline => IsTrue(Get("HF_HUB_OFFLINE") ?? Get("TRANSFORMERS_OFFLINE"));

    /// <summary>True where copies are wanted instead of links: <c>HF_HUB_DISABLE_SYMLINKS</c>.</summary>
    public static bool CopiesInsteadOfLinks => IsTrue(Get("HF_HUB_DISABLE_SYMLINKS"));

    /// <summary>The address of the hub: <c>HF_ENDPOINT</c>.</summary>
    public static string Endpoint => Get("HF_ENDPOINT") ?? DefaultEndpoint;

    /// <summary>The hub cache: <c>HF_HUB_CACHE</c>, <c>HUGGINGFACE_HUB_CACHE</c>, else <c>hub</c> in the home folder of Hugging Face.</summary>
    public static string CacheFolder => Expand(Get("HF_HUB_CACHE") ?? Get("HUGGINGFACE_HUB_CACHE")) ?? Path.Combine(Home, "hub");

    /// <summary>The access token: <c>HF_TOKEN</c>, <c>HUGGING_FACE_HUB_TOKEN</c>, else the token file unless <c>HF_HUB_DISABLE_IMPLICIT_TOKEN</c>.</summary>
    public static string? Token
    {
        get
        {
            if (IsTrue(Get("HF_HUB_DISABLE_IMPLICIT_TOKEN")))
                return null;
            string? token = Get("HF_TOKEN") ?? Get("HUGGING_FACE_HUB_TOKEN");
            if (token is not null)
                return token;
            string file = Expand(Get("HF_TOKEN_PATH")) ?? Path.Combine(Home, "token");
            try
            {
                return File.Exists(file) ? Clean(File.ReadAllText(file)) : null;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new HubException($"The token file '{file}' cannot be read: {e.Message} Set HF_TOKEN, or HubOptions.Token to an empty text to send none.", null, e);
            }
        }
    }

    // HF_HOME, else huggingface in XDG_CACHE_HOME, else ~/.cache/huggingface
    private static string Home => Expand(Get("HF_HOME"))
        ?? Path.Combine(Expand(Get("XDG_CACHE_HOME")) ?? Path.Combine(UserFolder, ".cache"), "huggingface");

    private static string UserFolder => Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify);

    private static string? Get(string name) => Clean(Environment.GetEnvironmentVariable(name));

    private static string? Clean(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    private static bool IsTrue(string? value) => value?.ToUpperInvariant() is "1" or "ON" or "YES" or "TRUE";

    private static string? Expand(string? path)
    {
        if (path is null)
            return null;
        if (path == "~" || path.StartsWith("~/", StringComparison.Ordinal))
            path = UserFolder + path[1..];
        if (!OperatingSystem.IsWindows() && path.Contains('$'))
            path = System.Text.RegularExpressions.Regex.Replace(path, @"\$(?:(\w+)|\{(\w+)\})",
                match => Environment.GetEnvironmentVariable(match.Groups[1].Value + match.Groups[2].Value) ?? match.Value);
        return Path.GetFullPath(Environment.ExpandEnvironmentVariables(path));
    }
}
