using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Microsoft.ML.Lora.Kernels;

/// <summary>256 bits: AVX2.</summary>
internal readonly unsafe struct Float32x8(Vector256<float> value) : IVector<Float32x8>
{
    private readonly Vector256<float> _value = value;

    public static int Count => 8;

    public static bool ManyRegisters => Avx512F.VL.IsSupported;

    public static Float32x8 Zero => default;

    public static Float32x8 One => new(Vector256<float>.One);

    public static Float32x8 Indices => Of(Vector256.Create(0u, 1, 2, 3, 4, 5, 6, 7));

    private Vector256<uint> Bits => _value.AsUInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x8 Create(float value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x8 CreateInteger(uint value) => Of(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x8 Load(float* source) => new(Vector256.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* destination) => _value.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x8 operator +(Float32x8 left, Float32x8 right) => new(left._value + right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x8 operator -(Float32x8 left, Float32x8 right) => new(left._value - right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x8 operator *(Float32x8 left, Float32x8 right) => new(left._value * right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x8 operator /(Float32x8 left, Float32x8 right) => new(left._value / right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x8 operator &(Float32x8 left, Float32x8 right) => new(left._value & right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x8 operator ^(Float32x8 left, Float32x8 right) => new(left._value ^ right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x8 MultiplyAdd(Float32x8 a, Float32x8 b, Float32x8 c) =>
        new(Fma.IsSupported ? Fma.MultiplyAdd(a._value, b._value, c._value) : (a._value * b._value) + c._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x8 Abs(Float32x8 value) => new(Vector256.Abs(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x8 Floor(Float32x8 value) => new(Vector256.Floor(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x8 Max(Float32x8 left, Float32x8 right) => new(Vector256.Max(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x8 Larger(Float32x8 left, Float32x8 right) =>
        new(Avx.IsSupported ? Avx.Max(left._value, right._value) : Vector256.Max(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x8 LessThan(Float32x8 left, Float32x8 right) => new(Vector256.LessThan(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x8 Select(Float32x8 mask, Float32x8 set, Float32x8 clear) => new(Vector256.ConditionalSelect(mask._value, set._value, clear._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Float32x8 value) => Vector256.Sum(value._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Largest(Float32x8 value) => Float32x4.Largest(new(Vector128.Max(value._value.GetLower(), value._value.GetUpper())));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x8 PowerOfTwo(Float32x8 n)
    {
        Vector256<int> exponent = Avx.IsSupported ? Avx.ConvertToVector256Int32(n._value) : Vector256.ConvertToInt32(n._value);
        return new(Vector256.ShiftLeft(Vector256.Max(exponent, Vector256.Create(-126)) + Vector256.Create(127), 23).AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x8 AddIntegers(Float32x8 left, Float32x8 right) => Of(left.Bits + right.Bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x8 MultiplyIntegers(Float32x8 left, Float32x8 right) => Of(left.Bits * right.Bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x8 GreaterIntegers(Float32x8 left, Float32x8 right) => new(Vector256.GreaterThan(left._value.AsInt32(), right._value.AsInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x8 ShiftLeft(Float32x8 value, int bits) => Of(Vector256.ShiftLeft(value.Bits, bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x8 ShiftRight(Float32x8 value, int bits) => Of(Vector256.ShiftRightLogical(value.Bits, bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Float32x8 Low, Float32x8 High) Widen(Float32x8 halves)
    {
        (Vector256<uint> low, Vector256<uint> high) = Vector256.Widen(halves._value.AsUInt16());
        return (Of(low), Of(high));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x8 Narrow(Float32x8 low, Float32x8 high) => new(Vector256.Narrow(low.Bits, high.Bits).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Float32x8 Of(Vector256<uint> bits) => new(bits.AsSingle());
}
