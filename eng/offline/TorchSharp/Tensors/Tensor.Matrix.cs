using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    // Products and other matrix operations.
    public partial class Tensor
    {
        public Tensor mm(Tensor target) => Ops.mm.Call(this, target);

        public Tensor bmm(Tensor batch2) => Ops.bmm.Call(this, batch2);

        public Tensor mv(Tensor target) => Ops.mv.Call(this, target);

        public Tensor dot(Tensor target) => ndim == 1 && target.ndim == 1 && numel() == target.numel()
            ? Ops.dot.Call(this, target)
            : throw new InvalidOperationException("dot arguments must have the same shape.");

        public Tensor vdot(Tensor target) => ndim == 1 && target.ndim == 1 && numel() == target.numel()
            ? Ops.vdot.Call(this, target)
            : throw new InvalidOperationException("vdot arguments must have the same shape.");

        public Tensor matmul(Tensor target) => Ops.matmul.Call(this, target);

        public Tensor addmm(Tensor mat1, Tensor mat2, float beta = 1, float alpha = 1) => Ops.addmm.Call(this, mat1, mat2, beta, alpha);

        public Tensor addmm_(Tensor mat1, Tensor mat2, float beta = 1, float alpha = 1) => Chain(Ops.addmm_, this, mat1, mat2, beta, alpha);

        public Tensor addbmm(Tensor batch1, Tensor batch2, float beta = 1, float alpha = 1) =>
            Ops.addbmm.Call(this, batch1, batch2, beta, alpha);

        public Tensor baddbmm(Tensor batch1, Tensor batch2, float beta = 1, float alpha = 1) =>
            Ops.baddbmm.Call(this, batch1, batch2, beta, alpha);

        public Tensor addmv(Tensor mat, Tensor vec, float beta = 1, float alpha = 1) => Ops.addmv.Call(this, mat, vec, beta, alpha);

        public Tensor outer(Tensor vec2) => Ops.outer.Call(this, vec2);

        public Tensor kron(Tensor other) => Ops.kron.Call(this, other);

        public Tensor trace() => ndim == 2
            ? Ops.trace.Call(this)
            : throw new ArgumentException($"Expected a matrix, but got tensor with ndim == {ndim}");

        public Tensor det() => Ops.det.Call(this);

        public Tensor inverse() => Ops.inverse.Call(this);

        public Tensor tril(long diagonal = 0) => Ops.tril.Call(this, diagonal);

        public Tensor tril_(long diagonal = 0) => Ops.tril_.Call(this, diagonal);

        public Tensor triu(long diagonal = 0) => Ops.triu.Call(this, diagonal);

        public Tensor triu_(long diagonal = 0) => Ops.triu_.Call(this, diagonal);

        public Tensor diag(long diagonal = 0) => Ops.diag.Call(this, diagonal);

        public Tensor cholesky(bool upper = false) => Ops.cholesky.Call(this, upper);
    }
}
