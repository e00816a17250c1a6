namespace Microsoft.ML.Lora.Kernels;

/// <summary>Asks for the memory of the next head while this one is computed, a few tokens at a time: a burst would be more than the machine can keep in flight.</summary>
/// <param name="next">The next head.</param>
/// <param name="steps">How often <see cref="Step"/> will be called.</param>
internal ref struct HeadAhead(in HeadPlace next, int steps)
{
    private readonly HeadPlace _next = next;
    private readonly int _tokens = (next.Length + steps - 1) / Math.Max(steps, 1);
    private int _done;

    /// <summary>The next tokens.</summary>
    public void Step<TLanes>()
        where TLanes : ILanes
    {
        int end = Math.Min(_done + _tokens, _next.Length);
        _next.Prefetch<TLanes>(_done, end);
        _done = end;
    }
}
