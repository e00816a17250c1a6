// Process- and thread-wide state: gradient modes, threads, random generators, devices.
#include "torch_shim.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <c10/core/ScalarType.h>
#include <torch/csrc/autograd/grad_mode.h>
#include <torch/version.h>

#include <cstdlib>

using namespace shim;

// oneDNN 2.6, which libtorch 1.13 brings, keeps 1024 products, and crashes now and then when one thread drops one that another looks up (the real
// package has a later oneDNN). It reads this when it is first used; what the user has set stays.
__attribute__((constructor)) static void keep_more_products() {
    setenv("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "4096", 0);
}

TS_API const char* ts_version() {
    return TORCH_VERSION;
}

TS_API int32_t ts_grad_enabled() {
    return at::GradMode::is_enabled() ? 1 : 0;
}

TS_API void ts_set_grad_enabled(int32_t value) {
    at::GradMode::set_enabled(value != 0);
}

TS_API int32_t ts_inference_mode_enabled() {
    return c10::InferenceMode::is_enabled() ? 1 : 0;
}

TS_API void* ts_inference_mode_enter(int32_t value) {
    return new c10::InferenceMode(value != 0);
}

TS_API void ts_inference_mode_leave(void* guard) {
    delete static_cast<c10::InferenceMode*>(guard);
}

TS_API int32_t ts_get_num_threads() {
    return at::get_num_threads();
}

TS_API int32_t ts_set_num_threads(int32_t count) {
    return guarded<int32_t>(-1, [&] {
        at::set_num_threads(count);
        return 0;
    });
}

TS_API int32_t ts_promote_types(int32_t left, int32_t right) {
    return static_cast<int32_t>(
        c10::promoteTypes(static_cast<c10::ScalarType>(left), static_cast<c10::ScalarType>(right)));
}

TS_API int32_t ts_cuda_is_available() {
    return guarded<int32_t>(0, [] { return at::globalContext().hasCUDA() ? 1 : 0; });
}

TS_API int32_t ts_cuda_device_count() {
    return guarded<int32_t>(
        0, [] { return at::globalContext().hasCUDA() ? static_cast<int32_t>(at::detail::getCUDAHooks().getNumGPUs()) : 0; });
}

TS_API void* ts_generator_new(int64_t seed) {
    return guarded<void*>(nullptr, [&]() -> void* {
        return new at::Generator(at::make_generator<at::CPUGeneratorImpl>(static_cast<uint64_t>(seed)));
    });
}

// The generator that calls without one use.
TS_API void* ts_generator_default() {
    return new at::Generator(at::globalContext().defaultGenerator(at::kCPU));
}

TS_API void ts_generator_free(void* generator) {
    delete static_cast<at::Generator*>(generator);
}

TS_API void ts_generator_set_seed(void* generator, int64_t seed) {
    auto& target = *static_cast<at::Generator*>(generator);
    std::lock_guard<std::mutex> lock(target.mutex());
    target.set_current_seed(static_cast<uint64_t>(seed));
}

TS_API int64_t ts_generator_initial_seed(void* generator) {
    return static_cast<int64_t>(static_cast<at::Generator*>(generator)->current_seed());
}

TS_API Handle ts_generator_get_state(void* generator) {
    return guarded<Handle>(nullptr, [&] {
        auto& target = *static_cast<at::Generator*>(generator);
        std::lock_guard<std::mutex> lock(target.mutex());
        return release(target.get_state());
    });
}

TS_API int32_t ts_generator_set_state(void* generator, Handle state) {
    return guarded<int32_t>(-1, [&] {
        auto& target = *static_cast<at::Generator*>(generator);
        std::lock_guard<std::mutex> lock(target.mutex());
        target.set_state(borrow(state));
        return 0;
    });
}

// Seeds every generator of the process, CUDA's too.
TS_API int32_t ts_manual_seed(int64_t seed) {
    return guarded<int32_t>(-1, [&] {
        at::manual_seed(static_cast<uint64_t>(seed));
        return 0;
    });
}
