using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>A reference to a tensor of libtorch. The handle is the address of its TensorImpl and owns one reference.</summary>
    public partial class Tensor : IDisposable
    {
        private static long s_totalCount;
        private static long s_peakCount;

        internal nint handle;

        internal Tensor(nint handle, bool register = true)
        {
            this.handle = handle;
            var count = Interlocked.Increment(ref s_totalCount);
            if (count > s_peakCount)
            {
                s_peakCount = count;
            }
            if (register)
            {
                OwningDisposeScope = DisposeScopeManager.ThreadSingleton.Register(this);
            }
        }

        ~Tensor() => Dispose(false);

        public static long TotalCount => Interlocked.Read(ref s_totalCount);

        public static long PeakCount => Interlocked.Read(ref s_peakCount);

        internal DisposeScope? OwningDisposeScope { get; set; }

        public string? name { get; set; }

        public bool IsInvalid => handle == 0;

        public IntPtr Handle => handle != 0 ? handle : throw new InvalidOperationException("Tensor invalid -- empty handle.");

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing)
        {
            var mine = Interlocked.Exchange(ref handle, 0);
            if (mine != 0)
            {
                DisposeScopeManager.ThreadSingleton.CountDisposal(this);
                OwningDisposeScope?.MarkAsDisposed(this);
                Interlocked.Decrement(ref s_totalCount);
                Shim.ts_tensor_free(mine);
            }
        }

        /// <summary>Gives the handle away without counting a disposal; what a Parameter does to its source.</summary>
        internal nint MoveHandle()
        {
            var mine = handle;
            handle = 0;
            return mine;
        }

        public Tensor MoveToOuterDisposeScope()
        {
            OwningDisposeScope?.MoveToOuter(this);
            return this;
        }

        public Tensor DetachFromDisposeScope()
        {
            OwningDisposeScope?.Detach(this);
            return this;
        }

        public Tensor MoveToOtherDisposeScope(Tensor other) => MoveToOtherDisposeScope(other.OwningDisposeScope!);

        public Tensor MoveToOtherDisposeScope(DisposeScope other)
        {
            if (OwningDisposeScope is null && other is not null)
            {
                other.Attach(this);
            }
            else
            {
                OwningDisposeScope?.MoveToOther(other, this);
            }
            return this;
        }

        public bool Equals(Tensor target) => target is not null && Ops.equal.CallValue(this, target).Bits != 0;

        public override bool Equals(object? obj) => obj is Tensor other && Equals(other);

        public override int GetHashCode() => base.GetHashCode();

        public override string ToString() => $"[{string.Join('x', shape)}], type = {dtype}, device = {device}";

        public long Dimensions => Shim.ts_tensor_dim(Handle);

        public long dim() => Dimensions;

        public long ndim => Dimensions;

        public long NumberOfElements => Shim.ts_tensor_numel(Handle);

        public long numel() => NumberOfElements;

        public long ElementSize => Shim.ts_tensor_element_size(Handle);

        public long element_size() => ElementSize;

        public ScalarType dtype => (ScalarType)Shim.ts_tensor_dtype(Handle);

        public DeviceType device_type => (DeviceType)Shim.ts_tensor_device_type(Handle);

        public int device_index => Shim.ts_tensor_device_index(Handle);

        public Device device => device_type == DeviceType.CPU ? new Device(DeviceType.CPU) : new Device(device_type, device_index);

        public long[] shape => size();

        public unsafe long[] size()
        {
            var sizes = new long[Dimensions];
            fixed (long* p = sizes)
            {
                Shim.Check(Shim.ts_tensor_sizes(Handle, p));
            }
            return sizes;
        }

        public unsafe long[] stride()
        {
            var strides = new long[Dimensions];
            fixed (long* p = strides)
            {
                Shim.Check(Shim.ts_tensor_strides(Handle, p));
            }
            return strides;
        }

        public long size(int dim) => Ops.size_int.CallValue(this, dim).Bits;

        public long stride(int dim) => Ops.stride_int.CallValue(this, dim).Bits;

        public long storage_offset() => Shim.ts_tensor_storage_offset(Handle);

        public bool is_contiguous() => Shim.ts_tensor_is_contiguous(Handle) != 0;

        public bool is_cpu() => device_type == DeviceType.CPU;

        public bool is_cuda => device_type == DeviceType.CUDA;

        public bool is_meta => device_type == DeviceType.META;

        public bool is_sparse => Shim.ts_tensor_is_sparse(Handle) != 0;

        public bool is_integral() => torch.is_integral(dtype);

        public bool is_floating_point() => torch.is_floating_point(dtype);

        public bool is_complex() => torch.is_complex(dtype);

        public bool is_nonzero() => numel() == 1
            ? Ops.is_nonzero.CallValue(this).Bits != 0
            : throw new InvalidOperationException("is_nonzero() called on non-singleton tensor");

        public bool is_leaf => Shim.ts_is_leaf(Handle) != 0;

        public bool requires_grad
        {
            get => Shim.ts_requires_grad(Handle) != 0;
            set => Shim.Check(Shim.ts_set_requires_grad(Handle, value ? 1 : 0));
        }

        public Tensor requires_grad_(bool requires_grad = true)
        {
            this.requires_grad = requires_grad;
            return this;
        }

        public Tensor with_requires_grad(bool requires_grad = true) => requires_grad_(requires_grad);

        public Tensor? grad
        {
            get
            {
                var found = Shim.ts_grad(Handle);
                return found == 0 ? null : new Tensor(found);
            }
            set => Shim.Check(Shim.ts_set_grad(Handle, value is null ? 0 : value.Handle));
        }

        public void retain_grad() => Shim.Check(Shim.ts_retain_grad(Handle));

        public void backward() => autograd.backward([this]);

        public Tensor alias() => Ops.alias.Call(this);

        /// <summary>Another object for the same tensor.</summary>
        internal Tensor Same() => new(Shim.ts_tensor_share(Handle));
    }
}
