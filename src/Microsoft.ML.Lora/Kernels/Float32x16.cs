using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Microsoft.ML.Lora.Kernels;

/// <summary>512 bits: AVX-512.</summary>
internal readonly unsafe struct Float32x16(Vector512<float> value) : IVector<Float32x16>
{
    private readonly Vector512<float> _value = value;

    public static int Count => 16;

    public static bool ManyRegisters => true;

    public static Float32x16 Zero => default;

    public static Float32x16 One => new(Vector512<float>.One);

    public static Float32x16 Indices => Of(Vector512.Create(0u, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));

    private Vector512<uint> Bits => _value.AsUInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x16 Create(float value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x16 CreateInteger(uint value) => Of(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x16 Load(float* source) => new(Vector512.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* destination) => _value.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x16 operator +(Float32x16 left, Float32x16 right) => new(left._value + right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x16 operator -(Float32x16 left, Float32x16 right) => new(left._value - right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x16 operator *(Float32x16 left, Float32x16 right) => new(left._value * right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x16 operator /(Float32x16 left, Float32x16 right) => new(left._value / right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x16 operator &(Float32x16 left, Float32x16 right) => new(left._value & right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x16 operator ^(Float32x16 left, Float32x16 right) => new(left._value ^ right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x16 MultiplyAdd(Float32x16 a, Float32x16 b, Float32x16 c) =>
        new(Avx512F.IsSupported ? Avx512F.FusedMultiplyAdd(a._value, b._value, c._value) : (a._value * b._value) + c._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x16 Abs(Float32x16 value) => new(Vector512.Abs(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x16 Floor(Float32x16 value) => new(Vector512.Floor(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x16 Max(Float32x16 left, Float32x16 right) => new(Vector512.Max(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x16 Larger(Float32x16 left, Float32x16 right) =>
        new(Avx512F.IsSupported ? Avx512F.Max(left._value, right._value) : Vector512.Max(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x16 LessThan(Float32x16 left, Float32x16 right) => new(Vector512.LessThan(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x16 Select(Float32x16 mask, Float32x16 set, Float32x16 clear) => new(Vector512.ConditionalSelect(mask._value, set._value, clear._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Float32x16 value) => Vector512.Sum(value._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Largest(Float32x16 value) => Float32x8.Largest(new(Vector256.Max(value._value.GetLower(), value._value.GetUpper())));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x16 PowerOfTwo(Float32x16 n)
    {
        // The instruction itself: what .NET makes of a conversion treats numbers beyond an integer's range, at a cost.
        Vector512<int> exponent = Avx512F.IsSupported ? Avx512F.ConvertToVector512Int32(n._value) : Vector512.ConvertToInt32(n._value);
        return new(Vector512.ShiftLeft(Vector512.Max(exponent, Vector512.Create(-126)) + Vector512.Create(127), 23).AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x16 AddIntegers(Float32x16 left, Float32x16 right) => Of(left.Bits + right.Bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x16 MultiplyIntegers(Float32x16 left, Float32x16 right) => Of(left.Bits * right.Bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x16 GreaterIntegers(Float32x16 left, Float32x16 right) => new(Vector512.GreaterThan(left._value.AsInt32(), right._value.AsInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x16 ShiftLeft(Float32x16 value, int bits) => Of(Vector512.ShiftLeft(value.Bits, bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x16 ShiftRight(Float32x16 value, int bits) => Of(Vector512.ShiftRightLogical(value.Bits, bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Float32x16 Low, Float32x16 High) Widen(Float32x16 halves)
    {
        (Vector512<uint> low, Vector512<uint> high) = Vector512.Widen(halves._value.AsUInt16());
        return (Of(low), Of(high));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x16 Narrow(Float32x16 low, Float32x16 high) => new(Vector512.Narrow(low.Bits, high.Bits).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Float32x16 Of(Vector512<uint> bits) => new(bits.AsSingle());
}
