using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Microsoft.ML.Lora.Kernels;

/// <summary>Where one row and head lie in the tensors of <see cref="ShortAttention"/>.</summary>
/// <param name="source">Query, key and value of all tokens: (N, 3 * width).</param>
/// <param name="target">What is written: forward's result, or the gradient of the source.</param>
/// <param name="gradient">The gradient of forward's result; null in forward.</param>
/// <param name="firstToken">The row's first token in the source.</param>
/// <param name="firstOutput">The row's first line in forward's result.</param>
/// <param name="length">Tokens of the row.</param>
/// <param name="queries">How many of them ask, from the first on.</param>
/// <param name="width">Heads times their size.</param>
/// <param name="offset">Where the head begins within the width.</param>
/// <param name="size">The head's size, a multiple of 32.</param>
internal readonly unsafe struct HeadPlace(
    byte* source, byte* target, byte* gradient, nint firstToken, nint firstOutput, int length, int queries, int width, int offset, int size)
{
    public int Length => length;

    public int Queries => queries;

    public int Size => size;

    /// <summary>Query (0), key (1) or value (2) of some tokens as (tokens, size), times a factor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void LoadPart<TLanes, TVector>(int part, int first, int tokens, float factor, float* to)
        where TLanes : ILanes
        where TVector : struct, IVector<TVector>
    {
        TVector factors = TVector.Create(factor);
        for (int token = 0; token < tokens; token++, to += size)
            LoadLine<TLanes, TVector>(source, ((firstToken + first + token) * 3 * width) + (part * width) + offset, factors, to);
    }

    /// <summary>The gradient of the result of some queries as (queries, size), each times its factor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void LoadUpstream<TLanes, TVector>(int first, int count, float* factors, float* to)
        where TLanes : ILanes
        where TVector : struct, IVector<TVector>
    {
        for (int query = 0; query < count; query++, to += size)
            LoadLine<TLanes, TVector>(gradient, ((firstOutput + first + query) * width) + offset, TVector.Create(factors[query]), to);
    }

    /// <summary>(queries, size), each times its factor, into forward's result.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void StoreResult<TLanes, TVector>(int first, int count, float* factors, float* from)
        where TLanes : ILanes
        where TVector : struct, IVector<TVector>
    {
        for (int query = 0; query < count; query++, from += size)
            StoreLine<TLanes, TVector>(((firstOutput + first + query) * width) + offset, TVector.Create(factors[query]), from);
    }

    /// <summary>(tokens, size) times a factor into the gradient of query (0), key (1) or value (2) of some tokens.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void StorePart<TLanes, TVector>(int part, int first, int tokens, float factor, float* from)
        where TLanes : ILanes
        where TVector : struct, IVector<TVector>
    {
        TVector factors = TVector.Create(factor);
        for (int token = 0; token < tokens; token++, from += size)
            StoreLine<TLanes, TVector>(((firstToken + first + token) * 3 * width) + (part * width) + offset, factors, from);
    }

    /// <summary>The queries that do not ask have no gradient.</summary>
    public void ClearQueries<TLanes>()
        where TLanes : ILanes
    {
        for (int token = queries; token < length; token++)
            new Span<byte>(target + ((((firstToken + token) * 3 * width) + offset) * TLanes.Size), size * TLanes.Size).Clear();
    }

    /// <summary>
    /// Asks for what will be read and written of some tokens. A head's lines lie kilobytes apart, which no hardware foresees: waiting for them takes
    /// longer than computing on them, for short rows.
    /// </summary>
    public void Prefetch<TLanes>(int first, int end)
        where TLanes : ILanes
    {
        if (!Sse.IsSupported)
            return;
        for (int token = first; token < end; token++)
        {
            nint at = ((firstToken + token) * 3 * width) + offset;
            for (int part = 0; part < 3; part++, at += width)
            {
                PrefetchLine<TLanes>(source, at);
                if (gradient is not null)
                    PrefetchLine<TLanes>(target, at);
            }

            if (token < queries)
                PrefetchLine<TLanes>(gradient is null ? target : gradient, ((firstOutput + token) * width) + offset);
        }
    }

    private void PrefetchLine<TLanes>(byte* data, nint at)
        where TLanes : ILanes
    {
        byte* from = data + (at * TLanes.Size);
        for (int i = 0; i < size * TLanes.Size; i += 64)
            Sse.Prefetch1(from + i);
    }

    private void LoadLine<TLanes, TVector>(byte* data, nint at, TVector factor, float* to)
        where TLanes : ILanes
        where TVector : struct, IVector<TVector>
    {
        for (int i = 0; i < size; i += 2 * TVector.Count)
        {
            (TVector low, TVector high) = TLanes.Load<TVector>(data, at + i);
            (low * factor).Store(to + i);
            (high * factor).Store(to + i + TVector.Count);
        }
    }

    private void StoreLine<TLanes, TVector>(nint at, TVector factor, float* from)
        where TLanes : ILanes
        where TVector : struct, IVector<TVector>
    {
        for (int i = 0; i < size; i += 2 * TVector.Count)
            TLanes.Store(target, at + i, TVector.Load(from + i) * factor, TVector.Load(from + i + TVector.Count) * factor);
    }
}
