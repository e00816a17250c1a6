// The C ABI between the managed subset of TorchSharp and libtorch. Every operator goes through libtorch's boxed
// dispatcher, so one entry point (ts_call) serves them all; the rest is what the dispatcher has no operator for.
#pragma once

#include <cstdint>

#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/variable.h>

#define TS_API extern "C" __attribute__((visibility("default")))

namespace shim {

// Mirrors TorchSharp.Interop.ValueKind.
enum Kind : int32_t {
    None = 0,
    TensorKind = 1,
    Int = 2,
    Double = 3,
    Bool = 4,
    IntList = 5,
    DoubleList = 6,
    BoolList = 7,
    TensorList = 8,
    OptionalTensorList = 9,
    String = 10,
    Device = 11,
    Generator = 12,
};

// One argument or result, 16 bytes. Lists and strings are borrowed from the caller during the call.
struct Value {
    int32_t kind;
    int32_t length; // of lists and strings; the index of a device
    union {
        int64_t i;
        double d;
        void* p;
    };
};

// A tensor handle is a TensorImpl* that owns one reference; nullptr stands for an undefined tensor.
using Handle = c10::TensorImpl*;

// libtorch 1 has an optional of its own, libtorch 2 takes the standard one; what a lookup returns tells which.
template <template <class> class Optional, class Value>
Optional<at::Tensor> optional_tensor_like(const Optional<Value>&);
using OptionalTensor = decltype(optional_tensor_like(c10::Dispatcher::singleton().findSchema({"", ""})));

inline at::Tensor borrow(Handle handle) {
    if (handle == nullptr) {
        return at::Tensor();
    }
    c10::raw::intrusive_ptr::incref(handle);
    return at::Tensor(c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>::reclaim(handle));
}

inline Handle release(at::Tensor tensor) {
    return tensor.defined() ? tensor.unsafeReleaseTensorImpl() : nullptr;
}

void set_error(const char* text);

// Runs an action and turns a native exception into an error text that the managed side picks up.
template <class T, class Action>
T guarded(T failure, Action action) {
    try {
        return action();
    } catch (const std::exception& error) {
        set_error(error.what());
    } catch (...) {
        set_error("unknown native exception");
    }
    return failure;
}

} // namespace shim
