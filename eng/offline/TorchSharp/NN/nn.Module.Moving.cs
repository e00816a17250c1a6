using System.Reflection;
using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        // Moving to another type or device replaces parameters and buffers, and the fields and properties that hold them.
        public partial class Module
        {
            protected internal virtual Module _to(ScalarType dtype, bool non_blocking)
            {
                RequireFloating(dtype);
                Move(dtype, null);
                return this;
            }

            protected internal virtual Module _to(DeviceType deviceType, int deviceIndex, bool non_blocking)
            {
                InitializeDeviceType(deviceType);
                Move(null, new Device(deviceType, deviceType == DeviceType.CUDA ? deviceIndex : -1));
                return this;
            }

            protected internal virtual Module _to(Device device, ScalarType dtype, bool non_blocking)
            {
                RequireFloating(dtype);
                InitializeDeviceType(device.type);
                Move(dtype, device);
                return this;
            }

            public Module _to(Tensor other, bool non_blocking)
            {
                _to(other.dtype, non_blocking);
                return _to(other.device_type, other.device_index, non_blocking);
            }

            private static void RequireFloating(ScalarType dtype)
            {
                if (!is_floating_point(dtype) && !is_complex(dtype))
                {
                    throw new ArgumentException(
                        $"nn.Module.to only accepts floating point or complex types, but got desired dtype={dtype}");
                }
            }

            private void Move(ScalarType? dtype, Device? device)
            {
                foreach (var (_, child) in named_children())
                {
                    if (device is null)
                    {
                        child._to(dtype!.Value, false);
                    }
                    else if (dtype is null)
                    {
                        child._to(device.type, device.index, false);
                    }
                    else
                    {
                        child._to(device, dtype.Value, false);
                    }
                }
                foreach (var (own, parameter) in named_parameters(false).ToList())
                {
                    if (Moved(parameter, dtype, device) is { } moved)
                    {
                        Replace(own, parameter, moved);
                    }
                }
                foreach (var (own, buffer) in named_buffers(false).ToList())
                {
                    var type = Target(buffer, dtype);
                    if (WillCopy(buffer, type, device))
                    {
                        var moved = buffer.to(type, device ?? buffer.device, disposeAfter: true).DetachFromDisposeScope();
                        ConditionallyRegisterBuffer(own, moved);
                        SetHolder(own, moved);
                    }
                }
            }

            private static Parameter? Moved(Parameter parameter, ScalarType? dtype, Device? device)
            {
                using var grad = parameter.grad;
                var type = Target(parameter, dtype);
                if (!WillCopy(parameter, type, device))
                {
                    return null;
                }
                using var _ = no_grad();
                var moved = new Parameter(parameter.to(type, device ?? parameter.device), parameter.requires_grad);
                moved.DetachFromDisposeScope();
                if (grad is not null)
                {
                    using var movedGrad = grad.to(type, device ?? parameter.device).with_requires_grad(grad.requires_grad);
                    moved.grad = movedGrad;
                }
                return moved;
            }

            private static bool WillCopy(Tensor tensor, ScalarType type, Device? device) =>
                tensor.dtype != type || (device is not null && (tensor.device_type != device.type || tensor.device_index != device.index));

            private static ScalarType Target(Tensor tensor, ScalarType? dtype) =>
                dtype is not null && (tensor.is_floating_point() || tensor.is_complex()) ? dtype.Value : tensor.dtype;

            private void Replace(string own, Parameter before, Parameter after)
            {
                ConditionallyRegisterParameter(own, after);
                if (!SetHolder(own, after))
                {
                    return;
                }
                before.Dispose();
            }

            private bool SetHolder(string own, Tensor value)
            {
                if (GetType().GetProperty(own, BindingFlags.Public | BindingFlags.Instance) is { CanWrite: true } property
                    && property.PropertyType.IsInstanceOfType(value))
                {
                    property.SetValue(this, value);
                    return true;
                }
                if (ComponentFields(GetType()).FirstOrDefault(field => field.ComponentName() == own) is { } field)
                {
                    field.SetValue(this, value);
                }
                return true;
            }
        }
    }
}
