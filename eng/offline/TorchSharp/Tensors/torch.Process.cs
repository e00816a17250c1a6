using System.Runtime.InteropServices;
using TorchSharp.Interop;

namespace TorchSharp;

/// <summary>The entry point of the API, as TorchSharp has it.</summary>
public static partial class torch
{
    public static ScalarType uint8 = ScalarType.Byte;
    public static ScalarType int8 = ScalarType.Int8;
    public static ScalarType int16 = ScalarType.Int16;
    public static ScalarType int32 = ScalarType.Int32;
    public static ScalarType int64 = ScalarType.Int64;
    public static ScalarType float16 = ScalarType.Float16;
    public static ScalarType float32 = ScalarType.Float32;
    public static ScalarType float64 = ScalarType.Float64;
    public static ScalarType bfloat16 = ScalarType.BFloat16;
    public static ScalarType complex64 = ScalarType.ComplexFloat32;
    public static ScalarType complex128 = ScalarType.ComplexFloat64;
    public static ScalarType @bool = ScalarType.Bool;
    public static ScalarType @short = ScalarType.Int16;
    public static ScalarType @int = ScalarType.Int32;
    public static ScalarType @long = ScalarType.Int64;
    public static ScalarType half = ScalarType.Float16;
    public static ScalarType @float = ScalarType.Float32;
    public static ScalarType @double = ScalarType.Float64;
    public static ScalarType cfloat = ScalarType.ComplexFloat32;
    public static ScalarType cdouble = ScalarType.ComplexFloat64;

    /// <summary>The version of the libtorch in use.</summary>
    public static unsafe string __version__
    {
        get
        {
            NativeLoader.Load(DeviceType.CPU);
            return Marshal.PtrToStringUTF8((nint)Shim.ts_version())!;
        }
    }

    public static bool TryInitializeDeviceType(DeviceType deviceType)
    {
        if (deviceType == DeviceType.MPS)
        {
            return false;
        }
        NativeLoader.Load(deviceType);
        return deviceType != DeviceType.CUDA || Shim.ts_cuda_is_available() != 0;
    }

    public static void InitializeDeviceType(DeviceType deviceType)
    {
        if (deviceType == DeviceType.MPS)
        {
            throw new InvalidOperationException("Torch device type 'MPS' is not available on this platform.");
        }
        if (!TryInitializeDeviceType(deviceType))
        {
            throw new InvalidOperationException($"Torch device type {deviceType} did not initialise on the current machine.");
        }
    }

    public static Device InitializeDevice(Device? device)
    {
        device ??= get_default_device();
        InitializeDeviceType(device.type);
        return device;
    }

    public static ScalarType get_default_dtype() => ScalarType.Float32;

    public static DisposeScope NewDisposeScope() => DisposeScopeManager.ThreadSingleton.NewDisposeScope();

    public static DisposeScope? CurrentDisposeScope => DisposeScopeManager.ThreadSingleton.CurrentDisposeScope;

    public static int get_num_threads()
    {
        NativeLoader.Load(DeviceType.CPU);
        return Shim.ts_get_num_threads();
    }

    public static void set_num_threads(int num)
    {
        NativeLoader.Load(DeviceType.CPU);
        Shim.Check(Shim.ts_set_num_threads(num));
    }

    /// <summary>CUDA, where the libtorch in use has it.</summary>
    public static partial class cuda
    {
        public static bool is_available() => TryInitializeDeviceType(DeviceType.CUDA);

        public static int device_count() => is_available() ? Shim.ts_cuda_device_count() : 0;
    }
}
