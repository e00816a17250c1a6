namespace Microsoft.ML.Lora.Models;

/// <summary>
/// Something native that users share who come and go: made with one reference, freed when the last one is given back. A user who finds it through
/// <see cref="CountedReference{T}"/> either gets a reference or learns that it is gone; there is no lock.
/// </summary>
internal abstract class Counted
{
    private int _references = 1;

    /// <summary>Takes a reference unless the last one has been given back.</summary>
    public bool TryAddReference()
    {
        int seen = Volatile.Read(ref _references);
        while (seen > 0)
        {
            int now = Interlocked.CompareExchange(ref _references, seen + 1, seen);
            if (now == seen)
                return true;
            seen = now;
        }

        return false;
    }

    /// <summary>Gives a reference back; the last one frees.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
            Free();
    }

    /// <summary>Called once, on whatever thread gave the last reference back.</summary>
    protected abstract void Free();
}
