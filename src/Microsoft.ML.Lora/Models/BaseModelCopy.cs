using Microsoft.ML.Lora.Checkpoints;
using Microsoft.ML.Lora.Hub;

namespace Microsoft.ML.Lora.Models;

/// <summary>Writes a base model's folder anew, with its weights as safetensors.</summary>
internal static class BaseModelCopy
{
    /// <summary>Writes it beside its place and moves it there when it is complete.</summary>
    /// <param name="source">The folder of a model.</param>
    /// <param name="target">The new folder: not there, or empty.</param>
    /// <param name="maxShardBytes">Bytes of tensors in one file, at most.</param>
    /// <exception cref="IOException">The folder is not empty, the disk is full, or it cannot be written.</exception>
    public static void Write(string source, string target, long maxShardBytes)
    {
        if (File.Exists(target) || (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any()))
            throw new IOException($"'{target}' exists and is not an empty folder; name a new one, so that the files of two models are not mixed.");
        using Checkpoint weights = Checkpoint.Open(source);
        string partial = Directory.CreateDirectory($"{target}.{Environment.ProcessId}-{Guid.NewGuid():N}.partial").FullName;
        try
        {
            foreach (string name in HubFiles.Small(Names(source)))
            {
                string copy = Path.Combine(partial, name);
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                File.Copy(Path.Combine(source, name), copy);
            }

            CheckpointWriter.Write(weights, partial, maxShardBytes);
            if (Directory.Exists(target))
                Directory.Delete(target);
            Directory.Move(partial, target);
        }
        catch
        {
            Directory.Delete(partial, recursive: true);
            throw;
        }
    }

    /// <summary>The files of a folder and of the folders in it: settings lie no deeper.</summary>
    private static IEnumerable<string> Names(string folder) => Directory.EnumerateFiles(folder).Select(file => Path.GetFileName(file))
        .Concat(Directory.EnumerateDirectories(folder).SelectMany(Directory.EnumerateFiles).Select(file => $"{Path.GetFileName(Path.GetDirectoryName(file))}/{Path.GetFileName(file)}"));
}
