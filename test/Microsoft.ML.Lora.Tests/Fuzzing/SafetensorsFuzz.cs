using System.Buffers.Binary;
using Microsoft.ML.Lora.Checkpoints;

namespace Microsoft.ML.Lora.Tests.Fuzzing;

/// <summary>safetensors files: what still opens is read whole, as bytes and as tensors, copied and mapped.</summary>
/// <param name="files">Real files.</param>
internal sealed class SafetensorsFuzz(IReadOnlyList<FuzzFile> files) : FuzzFormat
{
    private static readonly string[] s_texts =
        ["F32", "F16", "BF16", "F64", "I64", "I32", "U8", "BOOL", "F8_E4M3", "C64", "F4", "f32", "dtype", "shape", "data_offsets", "__metadata__", "a", "\uD83D\uDE00", new string('x', 300)];

    private readonly TensorFileUser _user = new(".safetensors");

    public override string Name => "safetensors";

    public override IReadOnlyList<FuzzFile> Files => files;

    /// <summary>Half of them damage; the others are changes that keep the header one, for all that comes behind it.</summary>
    public override byte[] Mutate(FuzzFile file, Random random) =>
        random.Next(2) == 0 ? MutateContent(file.Content, random) : new SafetensorsMutator(random).Mutate(file.Content);

    /// <summary>The header, as JSON, and the data, each for itself; then the length again.</summary>
    public static byte[] MutateContent(byte[] content, Random random)
    {
        if (random.Next(6) == 0)
            return ByteMutator.Flip(content, random);
        int length = (int)BinaryPrimitives.ReadInt64LittleEndian(content);
        byte[] header = new JsonMutator(random, s_texts).Mutate(content[8..(8 + length)]), data = content[(8 + length)..];
        if (random.Next(4) == 0)
            data = [.. data, .. new byte[random.Next(1, 40)]];
        else if (random.Next(6) == 0)
            data = data[..random.Next(data.Length + 1)];
        byte[] prefix = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, random.Next(12) == 0 ? ByteMutator.Number(random) : header.Length);
        return [.. prefix, .. header, .. data];
    }

    public override string? Objection(FuzzFile file, Exception exception) =>
        base.Objection(file, exception) ?? (Refusals.Lack((LoraFormatException)exception, file.Name) is { } lack ? $"a message that {lack}" : null);

    public override void Read(FuzzFile file, byte[] input, FuzzProgress progress) => _user.Use(file.Name, input, progress);

    /// <inheritdoc/>
    public override void Dispose() => _user.Dispose();
}
