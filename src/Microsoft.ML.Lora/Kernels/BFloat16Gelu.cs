using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Kernels;

/// <summary>
/// <c>gelu(x) = x Phi(x)</c> (Hendrycks and Gimpel 2016), exact form, for bfloat16 in vectors. Forward also makes the derivative
/// <c>Phi(x) + x phi(x)</c>, which needs the same exponential; backward is then one product, and x is not kept.
/// </summary>
/// <remarks>
/// erf by Abramowitz and Stegun 7.1.26, absolute error 1.5e-7, far below bfloat16's rounding of 4e-3.
/// </remarks>
internal sealed unsafe class BFloat16Gelu : autograd.SingleTensorFunction<BFloat16Gelu>
{
    private const int Block = 1 << 14;

    /// <inheritdoc/>
    public override string Name => nameof(BFloat16Gelu);

    /// <summary>Applies it; anything but a fitting bfloat16 tensor goes to the stock operator.</summary>
    public static Tensor Apply(Tensor x)
    {
        if (!NativeData.HasVectors || x.dtype != ScalarType.BFloat16 || !NativeData.Fits(x))
            return x.gelu();
        return NativeData.NeedsGraph(x) ? apply(x) : Compute(x, null);
    }

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var x = (Tensor)vars[0];
        Tensor derivative = empty_like(x);
        Tensor result = Compute(x, derivative);
        ctx.save_for_backward([derivative]);
        return result;
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor result = grad_output * ctx.get_saved_variables()[0];
        grad_output.Dispose();
        return HandedOver.Return(result);
    }

    private static Tensor Compute(Tensor x, Tensor? derivative)
    {
        Tensor result = empty_like(x);
        byte* source = NativeData.Pointer(x), target = NativeData.Pointer(result), second = derivative is null ? null : NativeData.Pointer(derivative);
        KernelThreads.For((int)x.numel(), Block, (begin, end) =>
        {
            for (nint i = begin; i < end; i += 32)
            {
                (Vector512<float> low, Vector512<float> high) = BFloat16Lanes.Load(source, i);
                (Vector512<float> lowValue, Vector512<float> lowSlope) = One(low);
                (Vector512<float> highValue, Vector512<float> highSlope) = One(high);
                BFloat16Lanes.Store(target, i, lowValue, highValue);
                if (second is not null)
                    BFloat16Lanes.Store(second, i, lowSlope, highSlope);
            }
        });
        return result;
    }

    /// <summary>Value and derivative.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<float> Value, Vector512<float> Slope) One(Vector512<float> x)
    {
        Vector512<float> one = Vector512<float>.One, magnitude = Vector512.Abs(x);
        Vector512<float> bell = VectorMath.Exp(x * x * Vector512.Create(-0.5f));                          // e^(-x^2 / 2)
        Vector512<float> t = one / VectorMath.MultiplyAdd(magnitude, Vector512.Create(0.3275911f * 0.70710678f), one);
        Vector512<float> tail = Vector512.Create(1.061405429f);
        tail = VectorMath.MultiplyAdd(tail, t, Vector512.Create(-1.453152027f));
        tail = VectorMath.MultiplyAdd(tail, t, Vector512.Create(1.421413741f));
        tail = VectorMath.MultiplyAdd(tail, t, Vector512.Create(-0.284496736f));
        tail = VectorMath.MultiplyAdd(tail, t, Vector512.Create(0.254829592f));
        tail *= t * bell * Vector512.Create(0.5f);                                                        // Phi(-|x|)
        Vector512<float> phi = Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512<float>.Zero), tail, one - tail);
        return (x * phi, phi + (x * bell * Vector512.Create(0.39894228f)));
    }
}
