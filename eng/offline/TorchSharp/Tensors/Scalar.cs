using TorchSharp.Interop;

namespace TorchSharp;

/// <summary>A number with an element type. Holds no native memory here; disposal exists because TorchSharp's has it.</summary>
public sealed class Scalar : IDisposable
{
    private readonly long _integer;
    private readonly double _real;
    private bool _disposed;

    internal Scalar(torch.ScalarType type, long integer)
    {
        Type = type;
        _integer = integer;
        _real = integer;
    }

    internal Scalar(torch.ScalarType type, double real)
    {
        Type = type;
        _real = real;
        _integer = (long)real;
    }

    public torch.ScalarType Type { get; }

    internal bool IsInteger => torch.is_integral(Type);

    internal long Integer => Checked()._integer;

    internal double Real => Checked()._real;

    internal Arg ToArg()
    {
        Checked();
        return Type switch
        {
            torch.ScalarType.Bool => _integer != 0,
            _ => IsInteger ? (Arg)_integer : (Arg)_real, // without the casts, C# would make both double
        };
    }

    private Scalar Checked() => _disposed ? throw new InvalidOperationException("Scalar invalid -- empty handle.") : this;

    public void Dispose() => _disposed = true;

    public static implicit operator Scalar(byte value) => value.ToScalar();

    public static implicit operator Scalar(sbyte value) => value.ToScalar();

    public static implicit operator Scalar(short value) => value.ToScalar();

    public static implicit operator Scalar(int value) => value.ToScalar();

    public static implicit operator Scalar(long value) => value.ToScalar();

    public static implicit operator Scalar(Half value) => value.ToScalar();

    public static implicit operator Scalar(float value) => value.ToScalar();

    public static implicit operator Scalar(double value) => value.ToScalar();

    public static implicit operator Scalar(bool value) => value.ToScalar();
}
