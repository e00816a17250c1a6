using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>A random generator on the CPU.</summary>
    public class Generator : IDisposable
    {
        private Generator(nint handle)
        {
            Handle = handle;
            device = CPU;
        }

        public Generator(ulong seed = 0, Device? device = null)
        {
            NativeLoader.Load(DeviceType.CPU);
            Handle = Shim.Check(Shim.ts_generator_new((long)seed));
            this.device = device ?? CPU;
        }

        ~Generator() => Dispose(false);

        public static Generator Default
        {
            get
            {
                NativeLoader.Load(DeviceType.CPU);
                return new Generator(Shim.ts_generator_default());
            }
        }

        public IntPtr Handle { get; private set; }

        public Device device { get; private set; }

        public Generator manual_seed(long seed)
        {
            Shim.ts_generator_set_seed(Handle, seed);
            return this;
        }

        public long initial_seed() => Shim.ts_generator_initial_seed(Handle);

        public Tensor get_state() => new(Shim.Check(Shim.ts_generator_get_state(Handle)));

        public void set_state(Tensor value) => Shim.Check(Shim.ts_generator_set_state(Handle, value.Handle));

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing)
        {
            if (Handle != 0)
            {
                Shim.ts_generator_free(Handle);
                Handle = 0;
            }
        }
    }

    public static Generator manual_seed(long seed) => random.manual_seed(seed);

    public static Tensor get_rng_state() => random.get_rng_state();

    public static void set_rng_state(Tensor new_state) => random.set_rng_state(new_state);

    /// <summary>The generator that draws without one use.</summary>
    public static partial class random
    {
        public static Generator manual_seed(long seed)
        {
            NativeLoader.Load(DeviceType.CPU);
            Shim.Check(Shim.ts_manual_seed(seed));
            return Generator.Default;
        }

        public static Tensor get_rng_state()
        {
            using var generator = Generator.Default;
            return generator.get_state();
        }

        public static void set_rng_state(Tensor new_state)
        {
            using var generator = Generator.Default;
            generator.set_state(new_state);
        }
    }
}
