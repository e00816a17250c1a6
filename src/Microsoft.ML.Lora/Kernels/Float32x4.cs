using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Microsoft.ML.Lora.Kernels;

/// <summary>128 bits: ARM64, and x86 before AVX2.</summary>
internal readonly unsafe struct Float32x4(Vector128<float> value) : IVector<Float32x4>
{
    private readonly Vector128<float> _value = value;

    public static int Count => 4;

    public static bool ManyRegisters => AdvSimd.IsSupported || Avx512F.VL.IsSupported;

    public static Float32x4 Zero => default;

    public static Float32x4 One => new(Vector128<float>.One);

    public static Float32x4 Indices => Of(Vector128.Create(0u, 1, 2, 3));

    private Vector128<uint> Bits => _value.AsUInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x4 Create(float value) => new(Vector128.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x4 CreateInteger(uint value) => Of(Vector128.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x4 Load(float* source) => new(Vector128.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* destination) => _value.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x4 operator +(Float32x4 left, Float32x4 right) => new(left._value + right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x4 operator -(Float32x4 left, Float32x4 right) => new(left._value - right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x4 operator *(Float32x4 left, Float32x4 right) => new(left._value * right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x4 operator /(Float32x4 left, Float32x4 right) => new(left._value / right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x4 operator &(Float32x4 left, Float32x4 right) => new(left._value & right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x4 operator ^(Float32x4 left, Float32x4 right) => new(left._value ^ right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x4 MultiplyAdd(Float32x4 a, Float32x4 b, Float32x4 c) =>
        new(AdvSimd.IsSupported ? AdvSimd.FusedMultiplyAdd(c._value, a._value, b._value)
            : Fma.IsSupported ? Fma.MultiplyAdd(a._value, b._value, c._value) : (a._value * b._value) + c._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x4 Abs(Float32x4 value) => new(Vector128.Abs(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x4 Floor(Float32x4 value) => new(Vector128.Floor(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x4 Max(Float32x4 left, Float32x4 right) => new(Vector128.Max(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x4 Larger(Float32x4 left, Float32x4 right) =>
        new(Sse.IsSupported ? Sse.Max(left._value, right._value) : Vector128.Max(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x4 LessThan(Float32x4 left, Float32x4 right) => new(Vector128.LessThan(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x4 Select(Float32x4 mask, Float32x4 set, Float32x4 clear) => new(Vector128.ConditionalSelect(mask._value, set._value, clear._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Float32x4 value) => Vector128.Sum(value._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Largest(Float32x4 value) =>
        MathF.Max(MathF.Max(value._value[0], value._value[1]), MathF.Max(value._value[2], value._value[3]));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x4 PowerOfTwo(Float32x4 n)
    {
        Vector128<int> exponent = Sse2.IsSupported ? Sse2.ConvertToVector128Int32(n._value) : Vector128.ConvertToInt32(n._value);
        return new(Vector128.ShiftLeft(Vector128.Max(exponent, Vector128.Create(-126)) + Vector128.Create(127), 23).AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x4 AddIntegers(Float32x4 left, Float32x4 right) => Of(left.Bits + right.Bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x4 MultiplyIntegers(Float32x4 left, Float32x4 right) => Of(left.Bits * right.Bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x4 GreaterIntegers(Float32x4 left, Float32x4 right) => new(Vector128.GreaterThan(left._value.AsInt32(), right._value.AsInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x4 ShiftLeft(Float32x4 value, int bits) => Of(Vector128.ShiftLeft(value.Bits, bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x4 ShiftRight(Float32x4 value, int bits) => Of(Vector128.ShiftRightLogical(value.Bits, bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Float32x4 Low, Float32x4 High) Widen(Float32x4 halves)
    {
        (Vector128<uint> low, Vector128<uint> high) = Vector128.Widen(halves._value.AsUInt16());
        return (Of(low), Of(high));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x4 Narrow(Float32x4 low, Float32x4 high) => new(Vector128.Narrow(low.Bits, high.Bits).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Float32x4 Of(Vector128<uint> bits) => new(bits.AsSingle());
}
