namespace Microsoft.ML.Data;

/// <summary>Some streams that are read one after the other, as often as wanted.</summary>
public interface IMultiStreamSource
{
    int Count { get; }

    string GetPathOrNull(int index);

    Stream Open(int index);

    TextReader OpenTextReader(int index);
}
