namespace Microsoft.ML.Lora.Models;

/// <summary>A place that holds a shared thing and can be given another one while others read it. Neither side waits for the other.</summary>
internal sealed class CountedReference<T>(T? value = null) where T : Counted
{
    private T? _value = value;

    /// <summary>The thing with a reference of the caller's own, to be released; null where the place is empty.</summary>
    public T? Borrow()
    {
        while (true)
        {
            T? value = Volatile.Read(ref _value);
            // A value whose last reference is gone was exchanged since it was read.
            if (value is null || value.TryAddReference())
                return value;
        }
    }

    /// <summary>Puts another thing in, whose reference passes to this place, and gives the old one's reference back.</summary>
    /// <returns>Whether there was an old one.</returns>
    public bool Replace(T? value)
    {
        T? old = Interlocked.Exchange(ref _value, value);
        old?.Release();
        return old is not null;
    }

    /// <summary>Puts a thing in where the place is empty; its reference passes to this place then.</summary>
    /// <returns>False where there is one already.</returns>
    public bool TryFill(T value) => Interlocked.CompareExchange(ref _value, value, null) is null;
}
