using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    // Functions of each element alone.
    public partial class Tensor
    {
        public Tensor abs() => Ops.abs.Call(this);

        public Tensor abs_() => Chain(Ops.abs_, this);

        public Tensor neg() => Ops.neg.Call(this);

        public Tensor neg_() => Chain(Ops.neg_, this);

        public Tensor negative() => Ops.negative.Call(this);

        public Tensor sign() => Ops.sign.Call(this);

        public Tensor sign_() => Chain(Ops.sign_, this);

        public Tensor exp() => Ops.exp.Call(this);

        public Tensor exp_() => Chain(Ops.exp_, this);

        public Tensor expm1() => Ops.expm1.Call(this);

        public Tensor exp2() => Ops.exp2.Call(this);

        public Tensor log() => Ops.log.Call(this);

        public Tensor log_() => Chain(Ops.log_, this);

        public Tensor log1p() => Ops.log1p.Call(this);

        public Tensor log2() => Ops.log2.Call(this);

        public Tensor log10() => Ops.log10.Call(this);

        public Tensor sqrt() => Ops.sqrt.Call(this);

        public Tensor sqrt_() => Chain(Ops.sqrt_, this);

        public Tensor rsqrt() => Ops.rsqrt.Call(this);

        public Tensor rsqrt_() => Chain(Ops.rsqrt_, this);

        public Tensor square() => Ops.square.Call(this);

        public Tensor reciprocal() => Ops.reciprocal.Call(this);

        public Tensor reciprocal_() => Chain(Ops.reciprocal_, this);

        public Tensor sin() => Ops.sin.Call(this);

        public Tensor cos() => Ops.cos.Call(this);

        public Tensor tan() => Ops.tan.Call(this);

        public Tensor asin() => Ops.asin.Call(this);

        public Tensor acos() => Ops.acos.Call(this);

        public Tensor atan() => Ops.atan.Call(this);

        public Tensor sinh() => Ops.sinh.Call(this);

        public Tensor cosh() => Ops.cosh.Call(this);

        public Tensor tanh() => Ops.tanh.Call(this);

        public Tensor tanh_() => Chain(Ops.tanh_, this);

        public Tensor sigmoid() => Ops.sigmoid.Call(this);

        public Tensor sigmoid_() => Chain(Ops.sigmoid_, this);

        public Tensor log_sigmoid() => Ops.log_sigmoid.Call(this);

        public Tensor relu() => Ops.relu.Call(this);

        public Tensor relu_() => Chain(Ops.relu_, this);

        public Tensor relu6() => Ops.relu6.Call(this);

        public Tensor silu() => Ops.silu.Call(this);

        public Tensor silu_() => Chain(Ops.silu_, this);

        public Tensor gelu() => Ops.gelu.Call(this);

        public Tensor leaky_relu(Scalar negative_slope) => Ops.leaky_relu.Call(this, negative_slope);

        public Tensor leaky_relu_(Scalar negative_slope) => Chain(Ops.leaky_relu_, this, negative_slope);

        public Tensor elu(Scalar alpha, Scalar scale, Scalar input_scale) => Ops.elu.Call(this, alpha, scale, input_scale);

        public Tensor hardtanh(Scalar min, Scalar max) => Ops.hardtanh.Call(this, min, max);

        public Tensor erf() => Ops.erf.Call(this);

        public Tensor erfc() => Ops.erfc.Call(this);

        public Tensor floor() => Ops.floor.Call(this);

        public Tensor floor_() => Chain(Ops.floor_, this);

        public Tensor ceil() => Ops.ceil.Call(this);

        public Tensor ceil_() => Chain(Ops.ceil_, this);

        public Tensor round(long decimals = 0) => Ops.round_decimals.Call(this, decimals);

        public Tensor trunc() => Ops.trunc.Call(this);

        public Tensor trunc_() => Chain(Ops.trunc_, this);

        public Tensor frac() => Ops.frac.Call(this);

        public Tensor logit(double? eps = null) => Ops.logit.Call(this, eps);
    }
}
