using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public static IDisposable no_grad() => new GradModeScope(false);

    public static IDisposable enable_grad(bool enabled = true) => new GradModeScope(enabled);

    public static IDisposable set_grad_enabled(bool mode = true) => new GradModeScope(mode);

    public static bool is_grad_enabled()
    {
        NativeLoader.Load(DeviceType.CPU);
        return Shim.ts_grad_enabled() != 0;
    }

    public static IDisposable inference_mode(bool mode = true) => new InferenceModeScope(mode);

    public static bool is_inference_mode_enabled()
    {
        NativeLoader.Load(DeviceType.CPU);
        return Shim.ts_inference_mode_enabled() != 0;
    }

    private sealed class GradModeScope : IDisposable
    {
        private readonly bool _before;

        internal GradModeScope(bool enabled)
        {
            _before = is_grad_enabled();
            Shim.ts_set_grad_enabled(enabled ? 1 : 0);
        }

        public void Dispose() => Shim.ts_set_grad_enabled(_before ? 1 : 0);
    }

    private sealed class InferenceModeScope : IDisposable
    {
        private nint _guard;

        internal InferenceModeScope(bool mode)
        {
            NativeLoader.Load(DeviceType.CPU);
            _guard = Shim.ts_inference_mode_enter(mode ? 1 : 0);
        }

        public void Dispose()
        {
            if (_guard != 0)
            {
                Shim.ts_inference_mode_leave(_guard);
                _guard = 0;
            }
        }
    }
}
