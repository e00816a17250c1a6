// Operator lookup and boxed calls.
#include "torch_shim.h"

#include <cstdlib>
#include <cstring>
#include <string>

#include <ATen/core/ivalue.h>

namespace shim {

static thread_local std::string last_error;

void set_error(const char* text) {
    last_error = text;
}

static c10::IValue to_ivalue(const Value& value) {
    switch (value.kind) {
    case TensorKind:
        return borrow(static_cast<Handle>(value.p));
    case Int:
        return value.i;
    case Double:
        return value.d;
    case Bool:
        return value.i != 0;
    case IntList: {
        auto source = static_cast<const int64_t*>(value.p);
        c10::List<int64_t> list;
        list.reserve(value.length);
        for (int32_t k = 0; k < value.length; k++) {
            list.push_back(source[k]);
        }
        return list;
    }
    case DoubleList: {
        auto source = static_cast<const double*>(value.p);
        c10::List<double> list;
        for (int32_t k = 0; k < value.length; k++) {
            list.push_back(source[k]);
        }
        return list;
    }
    case BoolList: {
        auto source = static_cast<const int64_t*>(value.p);
        c10::List<bool> list;
        for (int32_t k = 0; k < value.length; k++) {
            list.push_back(source[k] != 0);
        }
        return list;
    }
    case TensorList: {
        auto source = static_cast<const Handle*>(value.p);
        c10::List<at::Tensor> list;
        list.reserve(value.length);
        for (int32_t k = 0; k < value.length; k++) {
            list.push_back(borrow(source[k]));
        }
        return list;
    }
    case OptionalTensorList: {
        auto source = static_cast<const Handle*>(value.p);
        c10::List<OptionalTensor> list;
        list.reserve(value.length);
        for (int32_t k = 0; k < value.length; k++) {
            if (source[k] == nullptr) {
                list.push_back(OptionalTensor());
            } else {
                list.push_back(borrow(source[k]));
            }
        }
        return list;
    }
    case String:
        return std::string(static_cast<const char*>(value.p), value.length);
    case Device:
        return c10::Device(static_cast<c10::DeviceType>(value.i), static_cast<c10::DeviceIndex>(value.length));
    case Generator:
        return *static_cast<at::Generator*>(value.p);
    default:
        return c10::IValue();
    }
}

static Value from_ivalue(c10::IValue&& source) {
    Value value{None, 0, {0}};
    if (source.isTensor()) {
        value.p = release(std::move(source).toTensor());
        value.kind = value.p == nullptr ? None : TensorKind;
    } else if (source.isInt()) {
        value.kind = Int;
        value.i = source.toInt();
    } else if (source.isDouble()) {
        value.kind = Double;
        value.d = source.toDouble();
    } else if (source.isBool()) {
        value.kind = Bool;
        value.i = source.toBool();
    } else if (source.isTensorList()) {
        auto list = std::move(source).toTensorVector();
        auto handles = static_cast<Handle*>(std::malloc(sizeof(Handle) * (list.size() + 1)));
        for (size_t k = 0; k < list.size(); k++) {
            handles[k] = release(std::move(list[k]));
        }
        value.kind = TensorList;
        value.length = static_cast<int32_t>(list.size());
        value.p = handles;
    } else if (!source.isNone()) {
        TORCH_CHECK(false, "a result of type ", source.tagKind(), " is not supported");
    }
    return value;
}

} // namespace shim

using namespace shim;

TS_API const char* ts_error() {
    return last_error.c_str();
}

// nullptr with an error text when there is no such operator.
TS_API void* ts_find(const char* name, const char* overload) {
    return guarded<void*>(nullptr, [&]() -> void* {
        auto found = c10::Dispatcher::singleton().findSchema({name, overload});
        TORCH_CHECK(found.has_value(), "libtorch has no operator ", name, ".", overload);
        return new c10::OperatorHandle(*found); // one per operator of the process, never freed
    });
}

// Calls an operator; arguments beyond count take the schema's defaults. Returns the number of results, -1 on an error.
// Results beyond capacity are dropped, so capacity 0 calls an in-place operator for its effect.
TS_API int32_t ts_call(void* op, const Value* arguments, int32_t count, Value* results, int32_t capacity) {
    return guarded<int32_t>(-1, [&]() -> int32_t {
        auto& handle = *static_cast<c10::OperatorHandle*>(op);
        const auto& schema = handle.schema().arguments();
        const auto expected = static_cast<int32_t>(schema.size());
        TORCH_CHECK(count <= expected, handle.operator_name(), " takes ", expected, " arguments, not ", count);
        torch::jit::Stack stack;
        stack.reserve(expected + 1);
        for (int32_t k = 0; k < count; k++) {
            stack.push_back(to_ivalue(arguments[k]));
        }
        for (int32_t k = count; k < expected; k++) {
            const auto& preset = schema[k].default_value();
            TORCH_CHECK(preset.has_value(), handle.operator_name(), " needs a value for '", schema[k].name(), "'");
            stack.push_back(*preset);
        }
        handle.callBoxed(stack);
        const auto produced = static_cast<int32_t>(stack.size());
        for (int32_t k = 0; k < produced && k < capacity; k++) {
            results[k] = from_ivalue(std::move(stack[k]));
        }
        return produced;
    });
}

TS_API void ts_free_list(void* list) {
    std::free(list);
}
