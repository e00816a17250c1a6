// Gradients: flags of a tensor, backward, grad, and functions whose forward and backward are written in C#.
#include "torch_shim.h"

#include <functional>
#include <stdexcept>
#include <type_traits>
#include <unordered_set>
#include <vector>

#include <torch/csrc/autograd/custom_function.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>
#include <torch/csrc/autograd/grad_mode.h>
#include <torch/csrc/autograd/saved_variable.h>

using namespace shim;
using torch::autograd::variable_list;

static variable_list borrow_all(const Handle* handles, int32_t count) {
    variable_list tensors;
    tensors.reserve(count);
    for (int32_t k = 0; k < count; k++) {
        tensors.push_back(borrow(handles[k]));
    }
    return tensors;
}

TS_API int32_t ts_requires_grad(Handle handle) {
    return borrow(handle).requires_grad() ? 1 : 0;
}

TS_API int32_t ts_set_requires_grad(Handle handle, int32_t value) {
    return guarded<int32_t>(-1, [&] {
        borrow(handle).set_requires_grad(value != 0);
        return 0;
    });
}

TS_API int32_t ts_is_leaf(Handle handle) {
    return borrow(handle).is_leaf() ? 1 : 0;
}

TS_API Handle ts_grad(Handle handle) {
    return guarded<Handle>(nullptr, [&] { return release(borrow(handle).grad()); });
}

TS_API int32_t ts_set_grad(Handle handle, Handle value) {
    return guarded<int32_t>(-1, [&] {
        borrow(handle).mutable_grad() = borrow(value);
        return 0;
    });
}

TS_API int32_t ts_retain_grad(Handle handle) {
    return guarded<int32_t>(-1, [&] {
        borrow(handle).retain_grad();
        return 0;
    });
}

TS_API int32_t ts_backward(
    const Handle* tensors, int32_t count, const Handle* grads, int32_t grad_count, int32_t retain_graph,
    int32_t create_graph, const Handle* inputs, int32_t input_count) {
    return guarded<int32_t>(-1, [&] {
        torch::autograd::backward(
            borrow_all(tensors, count), borrow_all(grads, grad_count), retain_graph != 0, create_graph != 0,
            borrow_all(inputs, input_count));
        return 0;
    });
}

// Writes one handle per input, nullptr for an input that was not used.
TS_API int32_t ts_autograd_grad(
    const Handle* outputs, int32_t count, const Handle* inputs, int32_t input_count, const Handle* grads,
    int32_t grad_count, int32_t retain_graph, int32_t create_graph, int32_t allow_unused, Handle* results) {
    return guarded<int32_t>(-1, [&] {
        auto found = torch::autograd::grad(
            borrow_all(outputs, count), borrow_all(inputs, input_count), borrow_all(grads, grad_count),
            retain_graph != 0, create_graph != 0, allow_unused != 0);
        for (int32_t k = 0; k < input_count; k++) {
            results[k] = release(std::move(found[k]));
        }
        return 0;
    });
}

// Fills outputs (one per differentiable input) with owned handles; returns -1 after leaving a text in error.
using BackwardCallback =
    int32_t (*)(void* context, const Handle* grads, int32_t count, Handle* outputs, int32_t capacity, char* error, int32_t error_size);
using ReleaseCallback = void (*)(void* context);

namespace {

struct ManagedNode : torch::autograd::Node {
    void* context = nullptr;
    BackwardCallback backward = nullptr;
    ReleaseCallback release_context = nullptr;
    std::vector<torch::autograd::SavedVariable> saved;

    std::shared_ptr<Node> self() {
        return shared_from_this();
    }

    variable_list apply(variable_list&& grads) override {
        std::vector<Handle> inputs;
        for (auto& grad : grads) {
            inputs.push_back(release(std::move(grad)));
        }
        std::vector<Handle> outputs(num_outputs(), nullptr);
        char error[1024] = "";
        // The callee owns the input handles from here on.
        auto status = backward(
            context, inputs.data(), static_cast<int32_t>(inputs.size()), outputs.data(),
            static_cast<int32_t>(outputs.size()), error, sizeof(error));
        if (status < 0) {
            throw std::runtime_error(error);
        }
        variable_list results;
        for (auto handle : outputs) {
            results.push_back(at::Tensor(c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>::reclaim(
                handle == nullptr ? c10::UndefinedTensorImpl::singleton() : handle)));
        }
        return results;
    }

    void release_variables() override {
        for (auto& variable : saved) {
            variable.reset_data();
        }
    }

    ~ManagedNode() override {
        if (release_context != nullptr) {
            release_context(context);
        }
    }
};

using NodePointer = std::shared_ptr<ManagedNode>;

} // namespace

// The returned owner is freed by ts_node_free as soon as the outputs of forward hold the node.
TS_API void* ts_node_new(
    void* context, BackwardCallback backward, ReleaseCallback release_context, const Handle* inputs, int32_t count,
    int32_t executable) {
    return guarded<void*>(nullptr, [&]() -> void* {
        NodePointer node(new ManagedNode(), torch::autograd::deleteNode);
        if (executable != 0) {
            auto variables = borrow_all(inputs, count);
            node->set_next_edges(torch::autograd::collect_next_edges(variables));
        }
        node->clear_input_metadata();
        node->context = context;
        node->backward = backward;
        node->release_context = release_context;
        return new NodePointer(std::move(node));
    });
}

TS_API void ts_node_free(void* owner) {
    delete static_cast<NodePointer*>(owner);
}

// The bare address of a node, which its context keeps for unpacking saved tensors while backward runs.
TS_API void* ts_node_address(void* owner) {
    return static_cast<NodePointer*>(owner)->get();
}

TS_API int32_t ts_node_save(void* owner, const Handle* tensors, int32_t count) {
    return guarded<int32_t>(-1, [&] {
        auto& node = *static_cast<NodePointer*>(owner);
        node->saved.clear();
        for (int32_t k = 0; k < count; k++) {
            auto tensor = borrow(tensors[k]);
            bool is_output = tensor.defined() && tensor.grad_fn().get() == node.get();
            node->saved.emplace_back(tensor, is_output);
        }
        return 0;
    });
}

TS_API int32_t ts_node_unpack(void* address, Handle* results, int32_t count) {
    return guarded<int32_t>(-1, [&] {
        auto node = static_cast<ManagedNode*>(address);
        for (int32_t k = 0; k < count; k++) {
            results[k] = release(node->saved[k].unpack(node->self()));
        }
        return 0;
    });
}

// Later versions of libtorch take more arguments; which, shows in the type of the function.
template <class Function, class... Arguments>
static auto wrap_outputs(Function function, const Arguments&... arguments) {
    using Set = std::unordered_set<c10::TensorImpl*>;
    using View = std::function<at::Tensor(at::Tensor)>;
    if constexpr (std::is_invocable_v<Function, const Arguments&...>) {
        return function(arguments...);
    } else if constexpr (std::is_invocable_v<Function, const Arguments&..., Set>) {
        return function(arguments..., Set());
    } else {
        View view_as_self = [](at::Tensor tensor) { return tensor.view_as(tensor); };
        if constexpr (std::is_invocable_v<Function, const Arguments&..., Set, View>) {
            return function(arguments..., Set(), view_as_self);
        } else {
            return function(arguments..., Set(), view_as_self, false);
        }
    }
}

// Connects the outputs of forward to the node (or only detaches them when owner is nullptr).
TS_API int32_t ts_node_wrap(
    void* owner, const Handle* inputs, int32_t input_count, const Handle* constants, int32_t constant_count,
    const Handle* dirty, int32_t dirty_count, const Handle* outputs, int32_t output_count, Handle* results) {
    return guarded<int32_t>(-1, [&] {
        std::vector<OptionalTensor> raw;
        for (auto& output : borrow_all(outputs, output_count)) {
            raw.emplace_back(output);
        }
        std::unordered_set<c10::TensorImpl*> constant_set(constants, constants + constant_count);
        std::unordered_set<c10::TensorImpl*> dirty_set(dirty, dirty + dirty_count);
        std::shared_ptr<torch::autograd::Node> node;
        if (owner != nullptr) {
            node = *static_cast<NodePointer*>(owner);
        }
        torch::autograd::_jvp_fn_t no_forward_mode = [](variable_list, variable_list) -> variable_list {
            TORCH_CHECK(false, "forward-mode differentiation is not supported by managed functions");
        };
        auto wrapped = wrap_outputs(
            &torch::autograd::_wrap_outputs, borrow_all(inputs, input_count), constant_set, dirty_set, raw, node, no_forward_mode);
        for (int32_t k = 0; k < output_count; k++) {
            results[k] = wrapped[k].has_value() ? release(std::move(*wrapped[k])) : nullptr;
        }
        return 0;
    });
}
