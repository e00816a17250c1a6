namespace Microsoft.ML.Tokenizers;

/// <summary>Splits a text into the pieces that are tokenized one by one.</summary>
public abstract class PreTokenizer
{
    public abstract IEnumerable<(int Offset, int Length)> PreTokenize(string text);

    public abstract IEnumerable<(int Offset, int Length)> PreTokenize(ReadOnlySpan<char> text);
}
