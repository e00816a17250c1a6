using Microsoft.ML.Lora.Checkpoints;

namespace Microsoft.ML.Lora.Hub;

/// <summary>
/// A lock between processes: a file that is open for one of them only (flock on Unix, which huggingface_hub takes on the same files; sharing modes on Windows).
/// The operating system gives it back when its process ends, however it ends. The file stays.
/// </summary>
internal static class HubLock
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Waits until the file is ours and opens it; disposing the stream gives it back.</summary>
    /// <param name="path">The file; it and its folder are made where they are missing.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    public static async Task<FileStream> AcquireAsync(string path, CancellationToken cancellation)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1 << 16);
            }
            catch (IOException e) when (AtomicFile.IsHeld(e))
            {
                await Task.Delay(s_pause, cancellation).ConfigureAwait(false);
            }
        }
    }
}
