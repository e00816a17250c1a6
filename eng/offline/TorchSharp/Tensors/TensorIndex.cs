namespace TorchSharp;

public static partial class torch
{
    /// <summary>One index of <see cref="Tensor.index(TensorIndex[])"/>: a number, a range, a mask or a tensor of indices.</summary>
    public struct TensorIndex
    {
        internal enum Kind
        {
            None,
            Single,
            Slice,
            Bool,
            Ellipsis,
            Tensor,
        }

        public static TensorIndex Null = new(Kind.None);
        public static TensorIndex None = new(Kind.None);
        public static TensorIndex Ellipsis = new(Kind.Ellipsis);
        public static TensorIndex Colon = new(Kind.Slice);

        internal readonly Kind Type;
        internal long? Start;
        internal long? Stop;
        internal long? Step;
        internal torch.Tensor? Target;

        private TensorIndex(Kind kind) => Type = kind;

        public static TensorIndex Single(long? index) => new(Kind.Single) { Start = index };

        public static TensorIndex Bool(bool value) => new(Kind.Bool) { Start = value ? 1 : 0 };

        public static TensorIndex Tensor(Tensor tensor) => new(Kind.Tensor) { Target = tensor };

        public static TensorIndex Slice(long? start = null, long? stop = null, long? step = null) =>
            new(Kind.Slice) { Start = start, Stop = stop, Step = step };

        public static TensorIndex Slice((int?, int?) range) => Slice(range.Item1, range.Item2);

        public static TensorIndex Slice(Range range) => Slice(FromStart(range.Start), range.End is { IsFromEnd: true, Value: 0 } ? null : FromStart(range.End));

        public static implicit operator TensorIndex(long value) => Single(value);

        public static implicit operator TensorIndex(Index index) => Single(FromStart(index));

        public static implicit operator TensorIndex(Range range) => Slice(range);

        public static implicit operator TensorIndex((int?, int?) range) => Slice(range);

        private static long FromStart(Index index) => index.IsFromEnd ? -index.Value : index.Value;
    }
}
