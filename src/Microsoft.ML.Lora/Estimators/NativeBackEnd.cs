using TorchSharp;

namespace Microsoft.ML.Lora.Estimators;

/// <summary>The native libtorch behind TorchSharp: an application brings it, so it may be missing.</summary>
internal static class NativeBackEnd
{
    /// <summary>Loads it, or says which package to add.</summary>
    /// <exception cref="InvalidOperationException">It cannot be loaded.</exception>
    public static void EnsureLoaded()
    {
        try
        {
            if (torch.TryInitializeDeviceType(DeviceType.CPU) && torch.get_num_threads() > 0)
                return;
        }
        catch (Exception e) when (e is TypeInitializationException or DllNotFoundException or BadImageFormatException
            or EntryPointNotFoundException or NotSupportedException)
        {
            throw Missing(e);
        }

        throw Missing(null);
    }

    private static InvalidOperationException Missing(Exception? cause)
    {
        string version = typeof(torch).Assembly.GetName().Version?.ToString(3) ?? "";
        Exception? root = cause;
        while (root?.InnerException is not null)
            root = root.InnerException;
        return new InvalidOperationException(
            "libtorch, the native library that TorchSharp needs, could not be loaded. Add one of these packages to the application, in the version of "
            + $"its TorchSharp ({version}): TorchSharp-cpu, TorchSharp-cuda-linux or TorchSharp-cuda-windows; "
            + $"for example: dotnet add package TorchSharp-cpu{(root is null ? "." : $". The loader says: {root.Message}")}",
            cause);
    }
}
