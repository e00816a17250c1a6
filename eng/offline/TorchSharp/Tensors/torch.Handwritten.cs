using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public static Tensor where(Tensor condition, Tensor x, Tensor y) => Ops.where_self.Call(BooleanCondition(condition), x, y);

    public static Tensor[] where(Tensor condition) => Ops.where.CallList(BooleanCondition(condition));

    public static Tensor cat(IList<Tensor> tensors, long dim = 0) => tensors.Count switch
    {
        0 => throw new ArgumentException(nameof(tensors)),
        1 => tensors[0].alias(),
        _ => Ops.cat.Call((Tensor[])[.. tensors], dim),
    };

    public static Tensor concat(IList<Tensor> tensors, long dim = 0) => cat(tensors, dim);

    private static Tensor BooleanCondition(Tensor condition) => condition.dtype == ScalarType.Bool
        ? condition
        : throw new ArgumentException("The condition to 'where' must be a boolean tensor.");

    public static Tensor equal(Tensor tensor, Tensor target) => tensor.equal(target);

    public static Tensor squeeze(Tensor input, long? dim = null) => input.squeeze(dim);

    public static Tensor squeeze_(Tensor input, long? dim = null) => input.squeeze_(dim);

    public static Tensor searchsorted(
        Tensor sorted_sequence, Tensor values, bool out_int32 = false, bool right = false, Tensor? sorter = null) =>
        Ops.searchsorted_Tensor.Call(sorted_sequence, values, out_int32, right, Arg.None, sorter);
}
