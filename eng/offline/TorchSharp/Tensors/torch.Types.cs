using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public static bool is_floating_point(ScalarType type) =>
        type is ScalarType.Float16 or ScalarType.Float32 or ScalarType.Float64 or ScalarType.BFloat16;

    public static bool is_complex(ScalarType type) => type is ScalarType.ComplexFloat32 or ScalarType.ComplexFloat64;

    public static bool is_integral(ScalarType type) =>
        type is ScalarType.Byte or ScalarType.Int8 or ScalarType.Int16 or ScalarType.Int32 or ScalarType.Int64 or ScalarType.Bool;

    public static bool is_floating_point(Tensor input) => is_floating_point(input.dtype);

    public static bool is_complex(Tensor input) => is_complex(input.dtype);

    public static bool is_integral(Tensor t) => is_integral(t.dtype);

    public static long numel(Tensor input) => input.numel();

    public static bool is_nonzero(Tensor input) => input.is_nonzero();

    public static ScalarType promote_types(ScalarType type1, ScalarType type2)
    {
        NativeLoader.Load(DeviceType.CPU);
        return (ScalarType)Shim.ts_promote_types((int)type1, (int)type2);
    }

    internal static ScalarType ToScalarType(Type type) =>
        TryToScalarType(type) ?? throw new NotImplementedException($"The type {type} cannot be converted to a tensor element type.");

    internal static ScalarType? TryToScalarType(Type type)
    {
        if (type == typeof(float)) return ScalarType.Float32;
        if (type == typeof(long)) return ScalarType.Int64;
        if (type == typeof(double)) return ScalarType.Float64;
        if (type == typeof(bool)) return ScalarType.Bool;
        if (type == typeof(int)) return ScalarType.Int32;
        if (type == typeof(byte)) return ScalarType.Byte;
        if (type == typeof(sbyte)) return ScalarType.Int8;
        if (type == typeof(short)) return ScalarType.Int16;
        if (type == typeof(Half)) return ScalarType.Float16;
        if (type == typeof((float, float))) return ScalarType.ComplexFloat32;
        return type == typeof(System.Numerics.Complex) ? ScalarType.ComplexFloat64 : null;
    }
}
