namespace Microsoft.ML.Lora;

/// <summary>How far a download has come.</summary>
/// <param name="File">The file, as the repository names it.</param>
/// <param name="FileBytes">How many bytes of it are there.</param>
/// <param name="FileSize">Its size in bytes.</param>
/// <param name="TotalBytes">How many bytes of all files announced so far are there, files that were in the cache already not counted.</param>
/// <param name="TotalSize">The size of those files in bytes.</param>
public sealed record HubProgress(string File, long FileBytes, long FileSize, long TotalBytes, long TotalSize);
