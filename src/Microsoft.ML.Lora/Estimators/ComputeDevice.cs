using Microsoft.ML.Lora.MLNetInterop;
using Microsoft.ML.Runtime;
using TorchSharp;

namespace Microsoft.ML.Lora.Estimators;

/// <summary>Which device computes: the one that <see cref="MLContext.GpuDeviceId"/> names, else the processor.</summary>
internal static class ComputeDevice
{
    /// <summary>Chooses the device; a missing GPU is an error unless <see cref="MLContext.FallbackToCpu"/> is set.</summary>
    /// <exception cref="InvalidOperationException">The GPU that was asked for is not there.</exception>
    public static torch.Device Choose(IHostEnvironment environment, Action<string> warn)
    {
        NativeBackEnd.EnsureLoaded();
        if (HostSettings.GpuDeviceId(environment) is not { } id)
            return torch.CPU;

        int present = torch.cuda.is_available() ? torch.cuda.device_count() : 0;
        if (id >= 0 && id < present)
            return torch.device(DeviceType.CUDA, id);

        string problem = present == 0
            ? $"GpuDeviceId is {id}, but there is no CUDA device (or the native package is TorchSharp-cpu)"
            : $"GpuDeviceId is {id}, but the CUDA devices are 0 to {present - 1}";
        if (!HostSettings.FallbackToCpu(environment))
            throw new InvalidOperationException($"{problem}, and FallbackToCpu is off. Set GpuDeviceId to null, or FallbackToCpu to true, to use the processor.");
        warn($"{problem}; using the processor.");
        return torch.CPU;
    }
}
