namespace Microsoft.ML.Lora.Checkpoints.Pickles;

/// <summary>A state dictionary that <c>torch.save</c> wrote, such as <c>pytorch_model.bin</c>: texts to tensors, and nothing else.</summary>
internal sealed class TorchStateDict : TensorFile
{
    /// <summary>
    /// A view that repeats its elements may be no larger than the file, and all tensors together only so many times as large, counting those
    /// that share a storage each: a few bytes cannot become gigabytes.
    /// </summary>
    public const int MostTimesFileLength = 8;

    private readonly TorchFile _file;

    private TorchStateDict(TorchFile file, IReadOnlyList<TorchEntry> entries)
    {
        _file = file;
        Entries = entries;
    }

    /// <inheritdoc/>
    public override string Name => _file.Name;

    /// <inheritdoc/>
    public override string? Path => _file.Path;

    /// <summary>All tensors in the order of the dictionary.</summary>
    public override IReadOnlyList<TorchEntry> Entries { get; }

    /// <summary>Opens a file.</summary>
    /// <exception cref="LoraFormatException">It is not a state dictionary that torch wrote, is damaged, or holds what is not supported.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static new TorchStateDict Open(string path) => Of(TorchFile.Open(path));

    /// <summary>Reads from memory that the caller keeps unchanged.</summary>
    /// <param name="content">The whole file.</param>
    /// <param name="name">What messages call it.</param>
    public static new TorchStateDict FromMemory(ReadOnlyMemory<byte> content, string name) => Of(TorchFile.FromMemory(content, name));

    /// <inheritdoc/>
    public override void ReadBytes(TensorEntry entry, long offset, Span<byte> destination) => _file.ReadBytes(((TorchEntry)entry).Tensor, offset, destination);

    /// <inheritdoc/>
    public override long? PositionOf(TensorEntry entry) => _file.PositionOf(((TorchEntry)entry).Tensor);

    /// <inheritdoc/>
    public override void Dispose() => _file.Dispose();

    private static TorchStateDict Of(TorchFile file)
    {
        try
        {
            return new TorchStateDict(file, Check(file));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static List<TorchEntry> Check(TorchFile file)
    {
        if (file.Value is not PickleDictionary dictionary)
            throw new LoraFormatException(file.Name, "the file holds no state dictionary", offset: file.ValuePosition, found: PickleCall.Describe(file.Value), expected: "a dictionary of tensors");
        List<TorchEntry> entries = [];
        Int128 total = 0;
        foreach ((object? key, object? value) in dictionary.Items)
        {
            if (key is not string name)
                throw new LoraFormatException(file.Name, "a key of the state dictionary is not a text", offset: file.ValuePosition, found: PickleCall.Describe(key), expected: "the name of a tensor");
            if (value is not TorchTensor tensor)
            {
                string advice = value is PickleDictionary ? "; where it is a training checkpoint, save the state dictionary alone" : "";
                throw new LoraFormatException(file.Name, $"the value is not a tensor{advice}", name, found: PickleCall.Describe(value), expected: "a tensor");
            }

            var entry = new TorchEntry(name, tensor);
            total += entry.Length;
            if (entry.Length > file.Length || total > (Int128)MostTimesFileLength * file.Length)
                throw new LoraFormatException(file.Name, "the tensors are larger than the file can hold: they repeat their elements", name, found: $"{entry.Description}, {total} bytes so far",
                    expected: $"at most {file.Length} bytes each and {MostTimesFileLength} times that in all");
            entries.Add(entry);
        }

        return entries.Count > 0 ? entries : throw new LoraFormatException(file.Name, "the state dictionary is empty", offset: file.ValuePosition, found: "no entry", expected: "tensors");
    }
}
