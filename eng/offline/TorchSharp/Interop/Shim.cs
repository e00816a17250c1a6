using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>The C ABI of native/*.cpp. Calls that cannot run managed code or block for long skip the GC transition.</summary>
internal static unsafe partial class Shim
{
    internal const string Library = "TorchSharpShim";

    [DllImport(Library)] internal static extern byte* ts_error();
    [DllImport(Library)] internal static extern nint ts_find(byte* name, byte* overload);
    [DllImport(Library)] internal static extern int ts_call(nint op, Value* arguments, int count, Value* results, int capacity);
    [DllImport(Library)] internal static extern void ts_free_list(nint list);

    [DllImport(Library)] internal static extern void ts_tensor_free(nint handle);
    [DllImport(Library), SuppressGCTransition] internal static extern nint ts_tensor_share(nint handle);
    [DllImport(Library)] internal static extern nint ts_tensor_data(nint handle);
    [DllImport(Library), SuppressGCTransition] internal static extern int ts_tensor_dtype(nint handle);
    [DllImport(Library), SuppressGCTransition] internal static extern long ts_tensor_dim(nint handle);
    [DllImport(Library), SuppressGCTransition] internal static extern long ts_tensor_numel(nint handle);
    [DllImport(Library), SuppressGCTransition] internal static extern long ts_tensor_element_size(nint handle);
    [DllImport(Library), SuppressGCTransition] internal static extern int ts_tensor_sizes(nint handle, long* sizes);
    [DllImport(Library), SuppressGCTransition] internal static extern int ts_tensor_strides(nint handle, long* strides);
    [DllImport(Library), SuppressGCTransition] internal static extern long ts_tensor_storage_offset(nint handle);
    [DllImport(Library), SuppressGCTransition] internal static extern int ts_tensor_device_type(nint handle);
    [DllImport(Library), SuppressGCTransition] internal static extern int ts_tensor_device_index(nint handle);
    [DllImport(Library), SuppressGCTransition] internal static extern int ts_tensor_is_contiguous(nint handle);
    [DllImport(Library), SuppressGCTransition] internal static extern int ts_tensor_is_sparse(nint handle);

    [DllImport(Library)]
    internal static extern nint ts_tensor_from_blob(
        nint data, long* sizes, int dimensions, int dtype, delegate* unmanaged<nint, void> deleter, nint context);

    [DllImport(Library), SuppressGCTransition] internal static extern int ts_requires_grad(nint handle);
    [DllImport(Library)] internal static extern int ts_set_requires_grad(nint handle, int value);
    [DllImport(Library), SuppressGCTransition] internal static extern int ts_is_leaf(nint handle);
    [DllImport(Library)] internal static extern nint ts_grad(nint handle);
    [DllImport(Library)] internal static extern int ts_set_grad(nint handle, nint value);
    [DllImport(Library)] internal static extern int ts_retain_grad(nint handle);

    [DllImport(Library)]
    internal static extern int ts_backward(
        nint* tensors, int count, nint* grads, int gradCount, int retainGraph, int createGraph, nint* inputs, int inputCount);

    [DllImport(Library)]
    internal static extern int ts_autograd_grad(
        nint* outputs, int count, nint* inputs, int inputCount, nint* grads, int gradCount, int retainGraph, int createGraph,
        int allowUnused, nint* results);

    [DllImport(Library)]
    internal static extern nint ts_node_new(
        nint context, delegate* unmanaged<nint, nint*, int, nint*, int, byte*, int, int> backward,
        delegate* unmanaged<nint, void> release, nint* inputs, int count, int executable);

    [DllImport(Library)] internal static extern void ts_node_free(nint owner);
    [DllImport(Library)] internal static extern nint ts_node_address(nint owner);
    [DllImport(Library)] internal static extern int ts_node_save(nint owner, nint* tensors, int count);
    [DllImport(Library)] internal static extern int ts_node_unpack(nint address, nint* results, int count);

    [DllImport(Library)]
    internal static extern int ts_node_wrap(
        nint owner, nint* inputs, int inputCount, nint* constants, int constantCount, nint* dirty, int dirtyCount,
        nint* outputs, int outputCount, nint* results);

    [DllImport(Library)] internal static extern byte* ts_version();
    [DllImport(Library), SuppressGCTransition] internal static extern int ts_grad_enabled();
    [DllImport(Library), SuppressGCTransition] internal static extern void ts_set_grad_enabled(int value);
    [DllImport(Library)] internal static extern int ts_inference_mode_enabled();
    [DllImport(Library)] internal static extern nint ts_inference_mode_enter(int value);
    [DllImport(Library)] internal static extern void ts_inference_mode_leave(nint guard);
    [DllImport(Library)] internal static extern int ts_get_num_threads();
    [DllImport(Library)] internal static extern int ts_set_num_threads(int count);
    [DllImport(Library)] internal static extern int ts_promote_types(int left, int right);
    [DllImport(Library)] internal static extern int ts_cuda_is_available();
    [DllImport(Library)] internal static extern int ts_cuda_device_count();
    [DllImport(Library)] internal static extern nint ts_generator_new(long seed);
    [DllImport(Library)] internal static extern nint ts_generator_default();
    [DllImport(Library)] internal static extern void ts_generator_free(nint generator);
    [DllImport(Library)] internal static extern void ts_generator_set_seed(nint generator, long seed);
    [DllImport(Library)] internal static extern long ts_generator_initial_seed(nint generator);
    [DllImport(Library)] internal static extern nint ts_generator_get_state(nint generator);
    [DllImport(Library)] internal static extern int ts_generator_set_state(nint generator, nint state);
    [DllImport(Library)] internal static extern int ts_manual_seed(long seed);

    /// <summary>Throws what TorchSharp throws for a failed native call.</summary>
    internal static void Check(int status)
    {
        if (status < 0)
        {
            ThrowLast();
        }
    }

    internal static nint Check(nint handle)
    {
        if (handle == 0)
        {
            ThrowLast();
        }
        return handle;
    }

    [System.Diagnostics.CodeAnalysis.DoesNotReturn]
    internal static void ThrowLast() => throw new ExternalException(Marshal.PtrToStringUTF8((nint)ts_error()));
}
