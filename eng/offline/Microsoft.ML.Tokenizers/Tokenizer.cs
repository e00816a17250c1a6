using System.Buffers;

namespace Microsoft.ML.Tokenizers;

/// <summary>
/// What all tokenizers share: public overloads for strings and spans over a few protected methods.
/// A derived class must give <see cref="EncodeToTokens(string?, ReadOnlySpan{char}, EncodeSettings)"/> and
/// <see cref="Decode(IEnumerable{int}, Span{char}, out int, out int)"/>; the rest has a default built on those two.
/// </summary>
public abstract class Tokenizer
{
    protected Tokenizer()
    {
    }

    public virtual Normalizer? Normalizer => null;

    public virtual PreTokenizer? PreTokenizer => null;

    protected abstract EncodeResults<EncodedToken> EncodeToTokens(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings);

    public IReadOnlyList<EncodedToken> EncodeToTokens(
        string text, out string? normalizedText, bool considerPreTokenization = true, bool considerNormalization = true) =>
        Unpack(EncodeToTokens(text, text.AsSpan(), Settings(considerPreTokenization, considerNormalization)), out normalizedText, out _);

    public IReadOnlyList<EncodedToken> EncodeToTokens(
        ReadOnlySpan<char> text, out string? normalizedText, bool considerPreTokenization = true, bool considerNormalization = true) =>
        Unpack(EncodeToTokens(null, text, Settings(considerPreTokenization, considerNormalization)), out normalizedText, out _);

    protected virtual EncodeResults<int> EncodeToIds(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        EncodeResults<EncodedToken> encoded = EncodeToTokens(text, textSpan, settings);
        int[] ids = new int[encoded.Tokens.Count];
        for (int i = 0; i < ids.Length; i++) ids[i] = encoded.Tokens[i].Id;
        return new EncodeResults<int> { Tokens = ids, NormalizedText = encoded.NormalizedText, CharsConsumed = encoded.CharsConsumed };
    }

    public IReadOnlyList<int> EncodeToIds(string text, bool considerPreTokenization = true, bool considerNormalization = true) =>
        EncodeToIds(text, text.AsSpan(), Settings(considerPreTokenization, considerNormalization)).Tokens;

    public IReadOnlyList<int> EncodeToIds(ReadOnlySpan<char> text, bool considerPreTokenization = true, bool considerNormalization = true) =>
        EncodeToIds(null, text, Settings(considerPreTokenization, considerNormalization)).Tokens;

    public IReadOnlyList<int> EncodeToIds(
        string text, int maxTokenCount, out string? normalizedText, out int charsConsumed,
        bool considerPreTokenization = true, bool considerNormalization = true) =>
        Unpack(
            EncodeToIds(text, text.AsSpan(), Settings(considerPreTokenization, considerNormalization, maxTokenCount)),
            out normalizedText, out charsConsumed);

    public IReadOnlyList<int> EncodeToIds(
        ReadOnlySpan<char> text, int maxTokenCount, out string? normalizedText, out int charsConsumed,
        bool considerPreTokenization = true, bool considerNormalization = true) =>
        Unpack(
            EncodeToIds(null, text, Settings(considerPreTokenization, considerNormalization, maxTokenCount)),
            out normalizedText, out charsConsumed);

    protected virtual int CountTokens(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings) =>
        EncodeToTokens(text, textSpan, settings).Tokens.Count;

    public int CountTokens(string text, bool considerPreTokenization = true, bool considerNormalization = true) =>
        CountTokens(text, text.AsSpan(), Settings(considerPreTokenization, considerNormalization));

    public int CountTokens(ReadOnlySpan<char> text, bool considerPreTokenization = true, bool considerNormalization = true) =>
        CountTokens(null, text, Settings(considerPreTokenization, considerNormalization));

    protected virtual int GetIndexByTokenCount(
        string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings, bool fromEnd, out string? normalizedText, out int tokenCount)
    {
        int limit = settings.MaxTokenCount;

        // The last tokens are known only when the whole text has been encoded.
        if (fromEnd) settings.MaxTokenCount = int.MaxValue;

        EncodeResults<EncodedToken> encoded = EncodeToTokens(text, textSpan, settings);
        normalizedText = encoded.NormalizedText;
        tokenCount = Math.Min(limit, encoded.Tokens.Count);
        if (tokenCount > 0)
        {
            return fromEnd
                ? encoded.Tokens[encoded.Tokens.Count - tokenCount].Offset.Start.Value
                : encoded.Tokens[tokenCount - 1].Offset.End.Value;
        }

        return fromEnd ? normalizedText?.Length ?? textSpan.Length : 0;
    }

    public int GetIndexByTokenCount(
        string text, int maxTokenCount, out string? normalizedText, out int tokenCount,
        bool considerPreTokenization = true, bool considerNormalization = true) =>
        GetIndexByTokenCount(
            text, text.AsSpan(), Settings(considerPreTokenization, considerNormalization, maxTokenCount), fromEnd: false,
            out normalizedText, out tokenCount);

    public int GetIndexByTokenCount(
        ReadOnlySpan<char> text, int maxTokenCount, out string? normalizedText, out int tokenCount,
        bool considerPreTokenization = true, bool considerNormalization = true) =>
        GetIndexByTokenCount(
            null, text, Settings(considerPreTokenization, considerNormalization, maxTokenCount), fromEnd: false,
            out normalizedText, out tokenCount);

    public int GetIndexByTokenCountFromEnd(
        string text, int maxTokenCount, out string? normalizedText, out int tokenCount,
        bool considerPreTokenization = true, bool considerNormalization = true) =>
        GetIndexByTokenCount(
            text, text.AsSpan(), Settings(considerPreTokenization, considerNormalization, maxTokenCount), fromEnd: true,
            out normalizedText, out tokenCount);

    public int GetIndexByTokenCountFromEnd(
        ReadOnlySpan<char> text, int maxTokenCount, out string? normalizedText, out int tokenCount,
        bool considerPreTokenization = true, bool considerNormalization = true) =>
        GetIndexByTokenCount(
            null, text, Settings(considerPreTokenization, considerNormalization, maxTokenCount), fromEnd: true,
            out normalizedText, out tokenCount);

    public virtual string Decode(IEnumerable<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        int known = ids is ICollection<int> collection ? collection.Count : -1;
        if (known == 0) return string.Empty;

        for (long size = known > 0 ? 8L * known : 1024; ; size *= 2)
        {
            if (size > Array.MaxLength) throw new OutOfMemoryException();
            char[] buffer = ArrayPool<char>.Shared.Rent((int)size);
            OperationStatus status = Decode(ids, buffer, out _, out int written);
            string? text = status == OperationStatus.Done ? new string(buffer, 0, written) : null;
            ArrayPool<char>.Shared.Return(buffer);
            if (text is not null) return text;
            if (status != OperationStatus.DestinationTooSmall)
            {
                throw new InvalidOperationException("The provided token IDs could not be decoded.");
            }
        }
    }

    public abstract OperationStatus Decode(IEnumerable<int> ids, Span<char> destination, out int idsConsumed, out int charsWritten);

    private static EncodeSettings Settings(bool preTokenize, bool normalize, int maxTokenCount = int.MaxValue) => new()
    {
        ConsiderPreTokenization = preTokenize,
        ConsiderNormalization = normalize,
        MaxTokenCount = maxTokenCount,
    };

    private static IReadOnlyList<T> Unpack<T>(EncodeResults<T> results, out string? normalizedText, out int charsConsumed)
    {
        normalizedText = results.NormalizedText;
        charsConsumed = results.CharsConsumed;
        return results.Tokens;
    }
}
