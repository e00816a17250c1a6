namespace Microsoft.ML.Data;

/// <summary>A file that is written once and then read.</summary>
public interface IFileHandle : IDisposable
{
    bool CanWrite { get; }

    bool CanRead { get; }

    Stream CreateWriteStream();

    Stream OpenReadStream();
}
