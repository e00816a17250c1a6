using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    // Views, joins and splits.
    public partial class Tensor
    {
        public Tensor view(params long[] shape) => Ops.view.Call(this, shape);

        public Tensor view_as(Tensor other) => Ops.view_as.Call(this, other);

        public Tensor reshape(params long[] shape) => Ops.reshape.Call(this, shape);

        public Tensor flatten(long start_dim = 0, long end_dim = -1) => Ops.flatten_using_ints.Call(this, start_dim, end_dim);

        public Tensor unflatten(long dim, Size sizes) => unflatten(dim, sizes.Shape);

        public Tensor unflatten(long dim, params long[] sizes) => dim < 0 || dim >= ndim || sizes.Length == 0
            ? throw new ArgumentException($"Invalid 'dim' argument: {dim}.")
            : Ops.unflatten_int.Call(this, dim, sizes);

        public Tensor unsqueeze(long dim) => Ops.unsqueeze.Call(this, dim);

        public Tensor unsqueeze_(long dim) => Chain(Ops.unsqueeze_, this, dim);

        public Tensor transpose(long dim0, long dim1) => Ops.transpose_int.Call(this, dim0, dim1);

        public Tensor transpose_(long dim0, long dim1) => Chain(Ops.transpose_, this, dim0, dim1);

        public Tensor t() => Ops.t.Call(this);

        public Tensor permute(IEnumerable<long> permutation) => Ops.permute.Call(this, (long[])[.. permutation]);

        public Tensor permute(params long[] permutation) => Ops.permute.Call(this, permutation);

        public Tensor expand_as(Tensor other) => Ops.expand_as.Call(this, other);

        public Tensor broadcast_to(params long[] shape) => Ops.broadcast_to.Call(this, shape);

        public Tensor repeat(params long[] sizes) => Ops.repeat.Call(this, sizes);

        public Tensor repeat_interleave(Tensor repeats, long? dim = null, long? output_size = null) =>
            Ops.repeat_interleave_self_Tensor.Call(this, repeats, dim, output_size);

        public Tensor repeat_interleave(long repeats, long? dim = null, long? output_size = null) =>
            Ops.repeat_interleave_self_int.Call(this, repeats, dim, output_size);

        public Tensor tile(long[] reps) => Ops.tile.Call(this, reps);

        public Tensor roll(ReadOnlySpan<long> shifts, ReadOnlySpan<long> dims = default) =>
            Ops.roll.Call(this, shifts.ToArray(), dims.ToArray());

        public Tensor roll((long, long, long) shifts, (long, long, long) dims) =>
            Ops.roll.Call(this, new long[] { shifts.Item1, shifts.Item2, shifts.Item3 }, new long[] { dims.Item1, dims.Item2, dims.Item3 });

        public Tensor roll((long, long) shifts, (long, long) dims) =>
            Ops.roll.Call(this, new long[] { shifts.Item1, shifts.Item2 }, new long[] { dims.Item1, dims.Item2 });

        public Tensor roll(long[] shifts) => roll(shifts, new long[] { 0 });

        public Tensor roll(long[] shifts, long[] dims) => Ops.roll.Call(this, shifts, dims);

        public Tensor flip(params long[] dims) => Ops.flip.Call(this, dims);

        public Tensor fliplr() => Ops.fliplr.Call(this);

        public Tensor flipud() => Ops.flipud.Call(this);

        public Tensor[] chunk(long chunks, long dim = 0) => Ops.chunk.CallList(this, chunks, dim);

        public Tensor[] split(ReadOnlySpan<long> sizes, long dim = 0) => Ops.split_sizes.CallList(this, sizes.ToArray(), dim);

        public Tensor[] split(long size, int dim = 0) => Ops.split_Tensor.CallList(this, size, dim);

        public Tensor[] split(long[] sizes, long dim = 0) => Ops.split_sizes.CallList(this, sizes, dim);

        public Tensor[] split(params long[] sizes) => Ops.split_sizes.CallList(this, sizes);

        public Tensor[] unbind(long dimension = 0) => Ops.unbind_int.CallList(this, dimension);

        public Tensor contiguous() => Ops.contiguous.Call(this);

        public Tensor ravel() => Ops.ravel.Call(this);
    }
}
