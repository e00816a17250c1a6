using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>Loads the shim, and with it libtorch; without them callers see the exception that TorchSharp gives.</summary>
internal static class NativeLoader
{
    private static volatile bool _loaded;

    internal static void Load(DeviceType deviceType)
    {
        if (_loaded)
        {
            return;
        }
        if (!Environment.Is64BitProcess)
        {
            throw new NotSupportedException("TorchSharp only supports 64-bit processes.");
        }
        if (!NativeLibrary.TryLoad(Shim.Library, typeof(NativeLoader).Assembly, null, out _))
        {
            var package = deviceType == DeviceType.CUDA ? "libtorch-cuda-linux-x64" : "libtorch-cpu-linux-x64";
            throw new NotSupportedException(
                $"This application or script uses TorchSharp but doesn't contain a reference to {package}. " +
                $"(Looked for lib{Shim.Library}.so beside {typeof(NativeLoader).Assembly.Location} and for the libtorch it was built with.)");
        }
        _loaded = true;
    }
}
