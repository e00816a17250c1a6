using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    // Comparisons and tests.
    public partial class Tensor
    {
        public Tensor eq(Scalar target) => target is null ? torch.tensor(false) : Ops.eq_Scalar.Call(this, target);

        public Tensor eq(Tensor target) => target is null ? torch.tensor(false) : Ops.eq_Tensor.Call(this, target);

        public Tensor eq_(Scalar target) => target is null ? torch.tensor(false) : Chain(Ops.eq__Scalar, this, target);

        public Tensor eq_(Tensor target) => target is null ? torch.tensor(false) : Chain(Ops.eq__Tensor, this, target);

        public Tensor ne(Scalar target) => Ops.ne_Scalar.Call(this, target);

        public Tensor ne(Tensor target) => Ops.ne_Tensor.Call(this, target);

        public Tensor ne_(Scalar target) => Chain(Ops.ne__Scalar, this, target);

        public Tensor ne_(Tensor target) => Chain(Ops.ne__Tensor, this, target);

        public Tensor lt(Scalar target) => Ops.lt_Scalar.Call(this, target);

        public Tensor lt(Tensor target) => Ops.lt_Tensor.Call(this, target);

        public Tensor lt_(Scalar target) => Chain(Ops.lt__Scalar, this, target);

        public Tensor lt_(Tensor target) => Chain(Ops.lt__Tensor, this, target);

        public Tensor le(Scalar target) => Ops.le_Scalar.Call(this, target);

        public Tensor le(Tensor target) => Ops.le_Tensor.Call(this, target);

        public Tensor le_(Scalar target) => Chain(Ops.le__Scalar, this, target);

        public Tensor le_(Tensor target) => Chain(Ops.le__Tensor, this, target);

        public Tensor gt(Scalar target) => target is null ? torch.tensor(false) : Ops.gt_Scalar.Call(this, target);

        public Tensor gt(Tensor target) => target is null ? torch.tensor(false) : Ops.gt_Tensor.Call(this, target);

        public Tensor gt_(Scalar target) => target is null ? torch.tensor(false) : Chain(Ops.gt__Scalar, this, target);

        public Tensor gt_(Tensor target) => target is null ? torch.tensor(false) : Chain(Ops.gt__Tensor, this, target);

        public Tensor ge(Scalar target) => target is null ? torch.tensor(false) : Ops.ge_Scalar.Call(this, target);

        public Tensor ge(Tensor target) => target is null ? torch.tensor(false) : Ops.ge_Tensor.Call(this, target);

        public Tensor ge_(Scalar target) => target is null ? torch.tensor(false) : Chain(Ops.ge__Scalar, this, target);

        public Tensor ge_(Tensor target) => target is null ? torch.tensor(false) : Chain(Ops.ge__Tensor, this, target);

        public Tensor greater(Tensor target) => gt(target);

        public Tensor greater_equal(Tensor target) => ge(target);

        public Tensor less(Tensor target) => lt(target);

        public Tensor less_equal(Tensor target) => le(target);

        public Tensor not_equal(Tensor target) => ne(target);

        public Tensor isnan() => Ops.isnan.Call(this);

        public Tensor isinf() => Ops.isinf.Call(this);

        public Tensor isfinite() => Ops.isfinite.Call(this);

        public Tensor isclose(Tensor other, double rtol = 1E-05, double atol = 1E-08, bool nanEqual = false) =>
            Ops.isclose.Call(this, other, rtol, atol, nanEqual);

        public Tensor isin(Tensor test_elements, bool assumeUnique = false, bool invert = false) =>
            Ops.isin_Tensor_Tensor.Call(this, test_elements, assumeUnique, invert);

        public bool allclose(Tensor target, double rtol = 1E-05, double atol = 1E-08, bool equal_nan = false) =>
            Ops.allclose.CallValue(this, target, rtol, atol, equal_nan).Bits != 0;

        public Tensor where(Tensor condition, Tensor y) => torch.where(condition, this, y);
    }
}
