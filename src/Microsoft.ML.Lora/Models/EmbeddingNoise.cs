using System.Runtime.InteropServices;
using Microsoft.ML.Lora.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Models;

/// <summary>
/// Uniform noise for word embeddings in ±alpha / sqrt(length * hidden), where the length is the row's own (Jain et al. 2023, arXiv 2310.05914,
/// algorithm 1). Keyed by example and token, so that packing does not change it.
/// </summary>
internal static class EmbeddingNoise
{
    /// <summary>(N, hidden), float32.</summary>
    public static Tensor Create(ForwardContext context, int hidden)
    {
        using DisposeScope scope = NewDisposeScope();
        ulong[] keys = ContextDropout.TokenKeys(context, RandomStreams.EmbeddingNoise, 0);
        Tensor noise = empty(keys.Length, hidden, ScalarType.Float32);
        Span<float> values = MemoryMarshal.Cast<byte, float>(noise.bytes);
        foreach (LengthGroup group in context.Batch.Groups)
        {
            float bound = context.EmbeddingNoise / MathF.Sqrt((float)group.Length * hidden);
            for (int token = group.FirstToken; token < group.FirstToken + group.TokenCount; token++)
                CounterRandom.FillUniform(keys[token], -bound, bound, values.Slice(token * hidden, hidden));
        }

        return noise.to(context.Batch.Device).alias().MoveToOuterDisposeScope();
    }
}
