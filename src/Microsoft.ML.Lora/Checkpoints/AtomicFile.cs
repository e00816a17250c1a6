using Microsoft.ML.Lora.Diagnostics;

namespace Microsoft.ML.Lora.Checkpoints;

/// <summary>Writes a file so that readers see the old content or the new one, never a part: beside it, flushed to disk, then renamed.</summary>
internal static class AtomicFile
{
    private static long s_counter;

    /// <summary>Writes <paramref name="path"/> through <paramref name="write"/>. On any failure the old file is untouched and nothing is left behind.</summary>
    /// <exception cref="IOException">The disk is full, or the folder cannot be written. The message names the file.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder is read-only.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        path = Path.GetFullPath(path);
        string folder = Path.GetDirectoryName(path)!;
        string temporary = Path.Combine(folder, $".{Path.GetFileName(path)}.{Environment.ProcessId}-{Interlocked.Increment(ref s_counter)}.tmp");
        RemoveLeftovers(path);
        try
        {
            // Shared with readers: it is still open when it gets its name.
            LoraEventSource.Log.FileWrite(path);
            using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.ReadWrite, FileShare.Read, 1 << 16))
            {
                write(stream);
                LoraEventSource.Log.FileFlush(path);
                stream.Flush(flushToDisk: true);
                if (OperatingSystem.IsWindows())
                    stream.Dispose(); // an open file cannot be renamed there
                LoraEventSource.Log.FileRename(path);
                File.Move(temporary, path, overwrite: true); // still locked, so that nobody takes it for a leftover
            }
        }
        catch (Exception e)
        {
            TryDelete(temporary);
            if (e is IOException and not FileNotFoundException and not DirectoryNotFoundException || IsTooLarge(e))
                throw new IOException($"'{path}' could not be written: {e.Message} The previous file, if there was one, is unchanged.", e);
            if (e is UnauthorizedAccessException)
                throw new UnauthorizedAccessException($"'{path}' could not be written: {e.Message} The previous file, if there was one, is unchanged.", e);
            throw;
        }
    }

    /// <summary>Whether an exception is how .NET reports that a file may not grow further (EFBIG): not as an <see cref="IOException"/>.</summary>
    public static bool IsTooLarge(Exception e) => e is ArgumentOutOfRangeException { ParamName: "value" };

    /// <summary>Deletes what processes that died while they wrote this file have left beside it; what a living one writes is locked.</summary>
    public static void RemoveLeftovers(string path)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (!Directory.Exists(folder))
            return;
        foreach (string leftover in Directory.GetFiles(folder, $".{Path.GetFileName(path)}.*.tmp"))
        {
            try
            {
                using var unlocked = new FileStream(leftover, FileMode.Open, FileAccess.Read, FileShare.None);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                continue;
            }

            TryDelete(leftover);
        }
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The failure that led here is the one to report.
        }
    }
}
