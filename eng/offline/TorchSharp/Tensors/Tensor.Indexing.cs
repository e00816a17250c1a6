using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    // Selecting and writing by index or mask.
    public partial class Tensor
    {
        public Tensor index_select(long dim, Tensor index) => Ops.index_select.Call(this, dim, index);

        public Tensor index_add(long dim, Tensor index, Tensor source, Scalar alpha) =>
            Ops.index_add.Call(this, dim, Int64Index(index), source, alpha);

        public Tensor index_add_(long dim, Tensor index, Tensor source, Scalar alpha) =>
            Chain(Ops.index_add_, this, dim, Int64Index(index), source, alpha);

        public Tensor index_copy(long dim, Tensor index, Tensor source) => Ops.index_copy.Call(this, dim, Int64Index(index), source);

        public Tensor index_copy_(long dim, Tensor index, Tensor source) => Chain(Ops.index_copy_, this, dim, Int64Index(index), source);

        public Tensor index_fill(long dim, Tensor index, Scalar value) =>
            Ops.index_fill_int_Scalar.Call(this, dim, Int64Index(index), value);

        public Tensor index_fill_(long dim, Tensor index, Scalar value) =>
            Chain(Ops.index_fill__int_Scalar, this, dim, Int64Index(index), value);

        public Tensor gather(long dim, Tensor index) => Ops.gather.Call(this, dim, index);

        public Tensor scatter(long dim, Tensor index, Tensor src) => Ops.scatter_src.Call(this, dim, index, src);

        public Tensor scatter_(long dim, Tensor index, Tensor src) => Chain(Ops.scatter__src, this, dim, index, src);

        public Tensor scatter_add(long dim, Tensor index, Tensor src) => Ops.scatter_add.Call(this, dim, index, src);

        public Tensor scatter_add_(long dim, Tensor index, Tensor src) => Chain(Ops.scatter_add_, this, dim, index, src);

        public Tensor masked_fill(Tensor mask, Scalar value) => Ops.masked_fill_Scalar.Call(this, mask, value);

        public Tensor masked_fill_(Tensor mask, Scalar value) => Chain(Ops.masked_fill__Scalar, this, mask, value);

        public Tensor masked_select(Tensor mask) => mask.dtype == ScalarType.Bool
            ? Ops.masked_select.Call(this, mask)
            : throw new ArgumentException("The mask tensor must be Boolean.");

        public Tensor masked_scatter(Tensor mask, Tensor value) => Ops.masked_scatter.Call(this, mask, value);

        public Tensor take(Tensor index) => Ops.take.Call(this, index);

        public Tensor take_along_dim(Tensor indices) => Ops.take_along_dim.Call(this, indices);

        public Tensor take_along_dim(Tensor indices, long dim) => Ops.take_along_dim.Call(this, indices, dim);

        public Tensor nonzero() => Ops.nonzero.Call(this);

        public Tensor argwhere() => Ops.argwhere.Call(this);

        public Tensor narrow(long dim, long start, long length) => Ops.narrow.Call(this, dim, start, length);

        public Tensor select(long dim, long index) => Ops.select_int.Call(this, dim, index);
    }
}
