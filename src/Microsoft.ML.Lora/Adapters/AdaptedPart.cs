using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Adapters;

/// <summary>The adapter of one projection: A and B in float32, and where the projection's outputs stand in its slot.</summary>
internal sealed class AdaptedPart : IDisposable
{
    /// <param name="module">What training reports and files call it.</param>
    /// <param name="firstOutput">Where its outputs begin in the slot.</param>
    /// <param name="a">(r, in), float32; owned from now on.</param>
    /// <param name="b">(out, r), float32; owned from now on.</param>
    public AdaptedPart(AdaptedModule module, int firstOutput, Tensor a, Tensor b)
    {
        Module = module;
        FirstOutput = firstOutput;
        A = a;
        B = b;
    }

    public AdaptedModule Module { get; }

    public int FirstOutput { get; }

    public int Rank => Module.Rank;

    public int OutFeatures => Module.OutputFeatures;

    public double Scaling => Module.Scaling;

    /// <summary>(r, in).</summary>
    public Tensor A { get; }

    /// <summary>(out, r).</summary>
    public Tensor B { get; }

    public void Dispose()
    {
        A.Dispose();
        B.Dispose();
    }
}
