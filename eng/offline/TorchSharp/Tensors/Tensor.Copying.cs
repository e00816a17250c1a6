using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    // Copies and in-place fills.
    public partial class Tensor
    {
        public Tensor clone() => Ops.clone.Call(this);

        public Tensor copy_(Tensor source, bool nonBlocking = false) => Chain(Ops.copy_, this, source, nonBlocking);

        public Tensor fill_(Scalar value) => Chain(Ops.fill__Scalar, this, value);

        public Tensor detach() => Ops.detach.Call(this);

        public Tensor detach_() => Chain(Ops.detach_, this);
    }
}
