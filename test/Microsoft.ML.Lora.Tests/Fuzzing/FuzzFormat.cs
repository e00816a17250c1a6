namespace Microsoft.ML.Lora.Tests.Fuzzing;

/// <summary>A kind of file: which real files there are, how they are damaged, and how they are read and used.</summary>
internal abstract class FuzzFormat : IDisposable
{
    /// <summary>The word on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>Real files.</summary>
    public abstract IReadOnlyList<FuzzFile> Files { get; }

    /// <summary>Damages a file: mostly within its structure, so that the damage gets past the header. The same random numbers give the same input.</summary>
    public abstract byte[] Mutate(FuzzFile file, Random random);

    /// <summary>Reads the input and uses what it gives.</summary>
    public abstract void Read(FuzzFile file, byte[] input, FuzzProgress progress);

    /// <summary>Null for an exception that the documentation of the readers names, with a message that helps; else what is wrong with it.</summary>
    public virtual string? Objection(FuzzFile file, Exception exception)
    {
        if (exception is not LoraFormatException)
            return "not a documented exception";
        if (exception.Message.Length is 0 or > LongestMessage)
            return $"a message of {exception.Message.Length} characters";
        return exception.Message.Any(char.IsControl) ? "a message with control characters, which a terminal would obey" : null;
    }

    /// <summary>The most managed memory that reading an input may allocate.</summary>
    /// <param name="length">The input's length.</param>
    public virtual long MostBytes(long length) => (8L << 20) + (100 * length);

    /// <inheritdoc/>
    public virtual void Dispose()
    {
    }

    private const int LongestMessage = 8000;
}
