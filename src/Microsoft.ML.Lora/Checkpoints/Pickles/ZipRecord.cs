namespace Microsoft.ML.Lora.Checkpoints.Pickles;

/// <summary>A record of a zip archive.</summary>
/// <param name="Name">The name below the archive's top folder.</param>
/// <param name="Position">Where its bytes begin in the file.</param>
/// <param name="Length">How many.</param>
/// <param name="Method">0: stored without compression.</param>
/// <param name="Checksum">Their CRC-32.</param>
internal sealed record ZipRecord(string Name, long Position, long Length, int Method, uint Checksum);
