using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.Lora.Diagnostics;

namespace Microsoft.ML.Lora.Checkpoints;

/// <summary>Writes a file so that readers see the old content or the new one, never a part: beside it, flushed to disk, then renamed.</summary>
internal static class AtomicFile
{
    private static readonly ConcurrentDictionary<string, bool> s_writing = new(StringComparer.Ordinal);

    private static long s_counter;

    /// <summary>Writes <paramref name="path"/> through <paramref name="write"/>. On any failure the old file is untouched and nothing is left behind.</summary>
    /// <exception cref="IOException">The disk is full, or the folder cannot be written. The message names the file.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder is read-only.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        path = Path.GetFullPath(path);
        string? temporary = null;
        RemoveLeftovers(path);
        try
        {
            LoraEventSource.Log.FileWrite(path);
            using (FileStream stream = Create(path))
            {
                temporary = stream.Name;
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
            if (temporary is not null)
                TryDelete(temporary);
            if (e is IOException and not FileNotFoundException and not DirectoryNotFoundException || IsTooLarge(e))
                throw new IOException($"'{path}' could not be written: {e.Message} The previous file, if there was one, is unchanged.", e);
            if (e is UnauthorizedAccessException)
                throw new UnauthorizedAccessException($"'{path}' could not be written: {e.Message} The previous file, if there was one, is unchanged.", e);
            throw;
        }
        finally
        {
            if (temporary is not null)
                s_writing.TryRemove(temporary, out _);
        }
    }

    /// <summary>Whether an exception is how .NET reports that a file may not grow further (EFBIG): not as an <see cref="IOException"/>.</summary>
    public static bool IsTooLarge(Exception e) => e is ArgumentOutOfRangeException { ParamName: "value" };

    /// <summary>Whether an exception says that another one has the file open and locked: sharing and lock violation on Windows, EWOULDBLOCK on Linux and on macOS.</summary>
    public static bool IsHeld(IOException e) =>
        e.GetType() == typeof(IOException) && (OperatingSystem.IsWindows() ? (e.HResult & 0xffff) is 32 or 33 : e.HResult is 11 or 35);

    /// <summary>Deletes what processes that died while they wrote this file have left beside it; what a living one writes is locked.</summary>
    public static void RemoveLeftovers(string path)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (!Directory.Exists(folder))
            return;
        string start = $".{Path.GetFileName(path)}.";
        foreach (string leftover in Directory.GetFiles(folder, $"{start}*.tmp"))
        {
            // Not even tried where its writer lives: what is being put in place would be locked for its readers in that moment.
            if (IsBeingWritten(leftover, Path.GetFileName(leftover)[start.Length..].Split('-')[0]))
                continue;
            try
            {
                // Deleted while it is locked: nobody can lock it and then lose it.
                using var unlocked = new FileStream(leftover, FileMode.Open, FileAccess.Read, FileShare.None, 1, FileOptions.DeleteOnClose);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // A process of another machine or container writes it, or somebody has removed it.
            }
        }
    }

    private static bool IsBeingWritten(string temporary, string processId)
    {
        if (!int.TryParse(processId, NumberStyles.None, CultureInfo.InvariantCulture, out int id))
            return false;
        // In a container many a process has the same number as the one that died.
        if (id == Environment.ProcessId)
            return s_writing.ContainsKey(temporary);
        try
        {
            using Process process = Process.GetProcessById(id);
            return !process.HasExited;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    /// <summary>Opens a file beside <paramref name="path"/>, locked, and shared with readers: it is still open when it gets its name.</summary>
    private static FileStream Create(string path)
    {
        while (true)
        {
            string temporary = Path.Combine(Path.GetDirectoryName(path)!, $".{Path.GetFileName(path)}.{Environment.ProcessId}-{Interlocked.Increment(ref s_counter)}.tmp");
            FileStream stream;
            s_writing[temporary] = true;
            try
            {
                stream = new FileStream(temporary, FileMode.Create, FileAccess.ReadWrite, FileShare.Read, 1 << 16);
            }
            catch (IOException e) when (IsHeld(e))
            {
                // Somebody took it for a leftover before it was locked.
                s_writing.TryRemove(temporary, out _);
                continue;
            }
            catch
            {
                s_writing.TryRemove(temporary, out _);
                throw;
            }

            if (File.Exists(temporary))
                return stream;
            stream.Dispose();
            s_writing.TryRemove(temporary, out _);
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
