// Tensor handles: lifetime, layout and views over memory that the managed side owns.
#include "torch_shim.h"

#include <ATen/ops/from_blob.h>

using namespace shim;

TS_API void ts_tensor_free(Handle handle) {
    // A throwing deleter would terminate the process; freeing has nobody to report to anyway.
    c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>::reclaim(handle).reset();
}

// Another owner of the same tensor.
TS_API Handle ts_tensor_share(Handle handle) {
    return release(borrow(handle));
}

TS_API void* ts_tensor_data(Handle handle) {
    return guarded<void*>(nullptr, [&] { return borrow(handle).data_ptr(); });
}

TS_API int32_t ts_tensor_dtype(Handle handle) {
    return static_cast<int32_t>(c10::typeMetaToScalarType(handle->dtype()));
}

TS_API int64_t ts_tensor_dim(Handle handle) {
    return handle->dim();
}

TS_API int64_t ts_tensor_numel(Handle handle) {
    return handle->numel();
}

TS_API int64_t ts_tensor_element_size(Handle handle) {
    return static_cast<int64_t>(handle->itemsize());
}

TS_API int32_t ts_tensor_sizes(Handle handle, int64_t* sizes) {
    return guarded<int32_t>(-1, [&] {
        int32_t k = 0;
        for (auto size : handle->sizes()) {
            sizes[k++] = size;
        }
        return k;
    });
}

TS_API int32_t ts_tensor_strides(Handle handle, int64_t* strides) {
    return guarded<int32_t>(-1, [&] {
        int32_t k = 0;
        for (auto stride : handle->strides()) {
            strides[k++] = stride;
        }
        return k;
    });
}

TS_API int64_t ts_tensor_storage_offset(Handle handle) {
    return guarded<int64_t>(-1, [&] { return handle->storage_offset(); });
}

TS_API int32_t ts_tensor_device_type(Handle handle) {
    return static_cast<int32_t>(handle->device().type());
}

TS_API int32_t ts_tensor_device_index(Handle handle) {
    return static_cast<int32_t>(handle->device().index());
}

TS_API int32_t ts_tensor_is_contiguous(Handle handle) {
    return guarded<int32_t>(-1, [&] { return handle->is_contiguous() ? 1 : 0; });
}

TS_API int32_t ts_tensor_is_sparse(Handle handle) {
    return handle->is_sparse() ? 1 : 0;
}

using Deleter = void (*)(void* context);

// A tensor over foreign memory; the deleter runs when the last view of it is gone.
TS_API Handle ts_tensor_from_blob(
    void* data, const int64_t* sizes, int32_t dimensions, int32_t dtype, Deleter deleter, void* context) {
    return guarded<Handle>(nullptr, [&] {
        auto options = at::TensorOptions().dtype(static_cast<at::ScalarType>(dtype));
        auto free_memory = [deleter, context](void*) {
            if (deleter != nullptr) {
                deleter(context);
            }
        };
        return release(at::from_blob(data, c10::IntArrayRef(sizes, dimensions), free_memory, options));
    });
}
