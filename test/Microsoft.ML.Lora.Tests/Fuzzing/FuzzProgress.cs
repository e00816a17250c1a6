namespace Microsoft.ML.Lora.Tests.Fuzzing;

/// <summary>How far one input came.</summary>
internal sealed class FuzzProgress
{
    /// <summary>The file's container or syntax was accepted: what follows is about its content.</summary>
    public bool IsPastHeader { get; set; }

    /// <summary>The whole file was accepted and could be used.</summary>
    public bool IsAccepted { get; set; }

    /// <summary>Documented exceptions after which the reader went on.</summary>
    public List<Exception> Exceptions { get; } = [];
}
