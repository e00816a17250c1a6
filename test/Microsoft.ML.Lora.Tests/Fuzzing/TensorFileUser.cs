using Microsoft.ML.Lora.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Tests.Fuzzing;

/// <summary>Reads all of a tensor file: as bytes, as tensors, from memory and, every few inputs, mapped from disk.</summary>
/// <param name="extension">The ending that the file gets on disk.</param>
internal sealed class TensorFileUser(string extension) : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"fuzz-{Guid.NewGuid():N}{extension}");

    public void Use(string name, byte[] input, FuzzProgress progress)
    {
        using TensorFile file = TensorFile.FromMemory(input, name);
        progress.IsPastHeader = true;
        using var copying = new TensorReader();
        ReadAll(file, copying);
        progress.IsAccepted = true;
        if (input.Length % 8 != 0)
            return;
        File.WriteAllBytes(_path, input);
        using TensorFile onDisk = TensorFile.Open(_path);
        using var mapping = new TensorReader(mayMap: true);
        ReadAll(onDisk, mapping);
    }

    public void Dispose() => File.Delete(_path);

    private static void ReadAll(TensorFile file, TensorReader reader)
    {
        using DisposeScope scope = NewDisposeScope();
        foreach (TensorEntry entry in file.Entries)
        {
            byte[] bytes = new byte[entry.Length];
            file.ReadBytes(entry, 0, bytes);
            Tensor tensor = reader.Read(file, entry);
            if (tensor.numel() != entry.Count || (tensor.ElementSize == entry.Type.Size() && !tensor.bytes.SequenceEqual(bytes)))
                throw new ArithmeticException($"'{entry.Name}' is another tensor than its bytes.");
        }
    }
}
