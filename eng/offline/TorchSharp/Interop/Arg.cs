namespace TorchSharp.Interop;

/// <summary>An operator's argument before it crosses the border. Lives on the stack; holds the objects that must stay alive.</summary>
internal readonly struct Arg
{
    internal readonly object? Reference;
    internal readonly long Bits;
    internal readonly int Length;
    internal readonly ValueKind Kind;

    private Arg(ValueKind kind, long bits = 0, object? reference = null, int length = 0)
    {
        Kind = kind;
        Bits = bits;
        Reference = reference;
        Length = length;
    }

    internal static Arg None => default;

    public static implicit operator Arg(torch.Tensor? value) => value is null ? default : new(ValueKind.Tensor, 0, value);

    public static implicit operator Arg(int value) => new(ValueKind.Int, value);

    public static implicit operator Arg(long value) => new(ValueKind.Int, value);

    public static implicit operator Arg(long? value) => value is null ? default : new(ValueKind.Int, value.Value);

    public static implicit operator Arg(double value) => new(ValueKind.Double, BitConverter.DoubleToInt64Bits(value));

    public static implicit operator Arg(double? value) => value is null ? default : (Arg)value.Value;

    public static implicit operator Arg(bool value) => new(ValueKind.Bool, value ? 1 : 0);

    public static implicit operator Arg(bool? value) => value is null ? default : (Arg)value.Value;

    public static implicit operator Arg(long[]? value) => value is null ? default : new(ValueKind.IntList, 0, value, value.Length);

    public static implicit operator Arg(double[]? value) => value is null ? default : new(ValueKind.DoubleList, 0, value, value.Length);

    public static implicit operator Arg(torch.Tensor[]? value) => value is null ? default : new(ValueKind.TensorList, 0, value, value.Length);

    public static implicit operator Arg(string? value) => value is null ? default : new(ValueKind.String, 0, value);

    public static implicit operator Arg(torch.ScalarType value) => new(ValueKind.Int, (long)value);

    public static implicit operator Arg(torch.ScalarType? value) => value is null ? default : new(ValueKind.Int, (long)value.Value);

    public static implicit operator Arg(torch.Device? value) =>
        value is null ? default : new(ValueKind.Device, (long)value.type, null, value.index);

    public static implicit operator Arg(torch.Generator? value) => value is null ? default : new(ValueKind.Generator, value.Handle, value);

    public static implicit operator Arg(Scalar? value) => value is null ? default : value.ToArg();

    /// <summary>A list of one number, without an array.</summary>
    internal static Arg One(long value) => new(ValueKind.IntList, value, null, 1);

    /// <summary>Indices for index and index_put, where null leaves a dimension alone.</summary>
    internal static Arg Indices(torch.Tensor?[] value) => new(ValueKind.OptionalTensorList, 0, value, value.Length);
}
