using System.Runtime.CompilerServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Kernels;

/// <summary>
/// <c>gelu(x) = x Phi(x)</c> (Hendrycks and Gimpel 2016), exact form, in vectors. Forward also makes the derivative
/// <c>Phi(x) + x phi(x)</c>, which needs the same exponential; backward is then one product, and x is not kept.
/// </summary>
/// <remarks>
/// <c>Phi(-a) = e^(-a^2 / 2) q(t)</c> with <c>t = 1 / (1 + p a)</c> for a of at least 0, as Abramowitz and Stegun 7.1.26, but with a polynomial q of
/// degree 8 and least relative error up to a = 14 (Remez): 1.5e-7, so that the tail is right too, where the stock operator's 1 + erf has no bits left.
/// </remarks>
internal sealed unsafe class Gelu : autograd.SingleTensorFunction<Gelu>
{
    private const int Block = 1 << 14;

    /// <inheritdoc/>
    public override string Name => nameof(Gelu);

    /// <summary>Applies it; a tensor that does not fit goes to the stock operator.</summary>
    public static Tensor Apply(Tensor x) => Apply(x, null);

    /// <summary><c>gelu(x + shift)</c>.</summary>
    /// <param name="x">(N, C).</param>
    /// <param name="shift">(C), of x's type, or null: the bias of the product that made x. It has no gradient here.</param>
    public static Tensor Apply(Tensor x, Tensor? shift)
    {
        bool fits = VectorKernels.Available && NativeData.Fits(x);
        if (shift is not null && (!fits || shift.dtype != x.dtype || !NativeData.Fits(shift)))
        {
            using Tensor sum = x + shift;
            return Apply(sum, null);
        }

        if (!fits)
            return x.gelu();
        if (!NativeData.NeedsGraph(x))
            return Compute(x, shift, null);
        return shift is null ? apply(x) : apply(x, shift);
    }

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var x = (Tensor)vars[0];
        Tensor derivative = empty_like(x);
        Tensor result = Compute(x, vars.Length > 1 ? (Tensor)vars[1] : null, derivative);
        ctx.save_for_backward([derivative]);
        ctx.save_data("inputs", vars.Length);
        return result;
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor result = grad_output * ctx.get_saved_variables()[0];
        grad_output.Dispose();
        return (int)ctx.get_data("inputs") == 1 ? HandedOver.Return(result) : HandedOver.Return(result, null);
    }

    private static Tensor Compute(Tensor x, Tensor? shift, Tensor? derivative)
    {
        Tensor result = empty_like(x);
        VectorKernels.Run(x.dtype, new Kernel(x, shift, result, derivative));
        return result;
    }

    private readonly struct Kernel(Tensor x, Tensor? shift, Tensor result, Tensor? derivative) : IVectorKernel
    {
        public void Run<TLanes, TVector>()
            where TLanes : ILanes
            where TVector : struct, IVector<TVector>
        {
            byte* source = NativeData.Pointer(x), target = NativeData.Pointer(result), second = derivative is null ? null : NativeData.Pointer(derivative);
            byte* added = shift is null ? null : NativeData.Pointer(shift);
            nint columns = (nint)x.shape[^1];
            KernelThreads.For((int)x.numel(), Block, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (begin, end) =>
            {
                nint column = begin % columns;
                for (nint i = begin; i < end; i += 2 * TVector.Count)
                {
                    (TVector low, TVector high) = TLanes.Load<TVector>(source, i);
                    if (added is not null)
                    {
                        (TVector lowShift, TVector highShift) = TLanes.Load<TVector>(added, column);
                        low += lowShift;
                        high += highShift;
                        column += 2 * TVector.Count;
                        column = column == columns ? 0 : column;
                    }

                    (TVector lowPhi, TVector lowBell) = Phi(low);
                    (TVector highPhi, TVector highBell) = Phi(high);
                    TLanes.Store(target, i, low * lowPhi, high * highPhi);
                    if (second is not null)
                        TLanes.Store(second, i, Slope(low, lowPhi, lowBell), Slope(high, highPhi, highBell));
                }
            });
        }

        /// <summary>Phi(x) and e^(-x^2 / 2).</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static (TVector Phi, TVector Bell) Phi<TVector>(TVector x)
            where TVector : struct, IVector<TVector>
        {
            TVector bell = VectorMath.Exp(x * x * TVector.Create(-0.5f));
            TVector t = TVector.One / TVector.MultiplyAdd(TVector.Abs(x), TVector.Create(0.3f), TVector.One);
            TVector tail = TVector.MultiplyAdd(TVector.Create(0.0356747414f), t, TVector.Create(-0.157202951f));
            tail = TVector.MultiplyAdd(tail, t, TVector.Create(0.206353289f));
            tail = TVector.MultiplyAdd(tail, t, TVector.Create(-0.0536834540f));
            tail = TVector.MultiplyAdd(tail, t, TVector.Create(0.128561532f));
            tail = TVector.MultiplyAdd(tail, t, TVector.Create(0.0999135189f));
            tail = TVector.MultiplyAdd(tail, t, TVector.Create(0.120753952f));
            tail = TVector.MultiplyAdd(tail, t, TVector.Create(0.119629299f));
            tail *= t * bell;
            return (TVector.Select(TVector.LessThan(x, TVector.Zero), tail, TVector.One - tail), bell);
        }

        /// <summary>Phi(x) + x phi(x).</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static TVector Slope<TVector>(TVector x, TVector phi, TVector bell)
            where TVector : struct, IVector<TVector> => TVector.MultiplyAdd(x, bell * TVector.Create(0.39894228f), phi);
    }
}
