namespace TorchSharp;

/// <summary>TorchSharp's <c>DebugMode</c>.</summary>
public enum DebugMode
{
    @default = 0,
    warn = 1,
}
