using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>Helpers over parameters.</summary>
        public static partial class utils
        {
            /// <summary>Scales the gradients so that their joint norm is at most max_norm; returns the norm before.</summary>
            public static double clip_grad_norm_(IEnumerable<Parameter> tensors, double max_norm, double norm_type = 2)
            {
                using var scope = NewDisposeScope();
                using var _ = no_grad();
                var grads = tensors.Select(parameter => parameter.grad).OfType<Tensor>().ToList();
                if (grads.Count == 0)
                {
                    return 0;
                }
                var largest = double.IsPositiveInfinity(norm_type);
                var norms = grads.Select(grad => largest ? grad.abs().max() : grad.norm((float)norm_type)).ToList();
                var total = norms.Count == 1 ? norms[0] : largest ? stack(norms).max() : stack(norms).norm((float)norm_type);
                // Always multiplied, as libtorch does: a norm that is infinite or no number shows in the gradients.
                var coefficient = (max_norm / (total + 1e-6)).clamp_max_(1);
                foreach (var grad in grads)
                {
                    grad.mul_(coefficient);
                }
                return total.ToDouble();
            }

            public static void clip_grad_value_(IEnumerable<Parameter> tensors, double clip_value)
            {
                using var scope = NewDisposeScope();
                using var _ = no_grad();
                foreach (var parameter in tensors)
                {
                    parameter.grad?.clamp_((Scalar)(-clip_value), (Scalar)clip_value);
                }
            }
        }
    }
}
