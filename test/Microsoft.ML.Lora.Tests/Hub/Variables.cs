namespace Microsoft.ML.Lora.Tests.Hub;

/// <summary>Sets environment variables for a test and puts them back. All that the hub reads and that are not given are removed.</summary>
internal sealed class Variables : IDisposable
{
    private static readonly string[] s_names =
    [
        "HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "XDG_CACHE_HOME", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN",
        "HF_TOKEN_PATH", "HF_HUB_DISABLE_IMPLICIT_TOKEN", "HF_ENDPOINT", "HF_HUB_DISABLE_SYMLINKS", "LORA_BASE_MODELS",
    ];

    private readonly Dictionary<string, string?> _before = s_names.ToDictionary(name => name, Environment.GetEnvironmentVariable);

    public Variables(params (string Name, string Value)[] values)
    {
        foreach (string name in s_names)
            Environment.SetEnvironmentVariable(name, null);
        foreach ((string name, string value) in values)
        {
            if (!_before.ContainsKey(name))
                _before.Add(name, Environment.GetEnvironmentVariable(name));
            Environment.SetEnvironmentVariable(name, value);
        }
    }

    public void Dispose()
    {
        foreach ((string name, string? value) in _before)
            Environment.SetEnvironmentVariable(name, value);
    }
}
