using System.Buffers;
using Microsoft.ML.Lora.Text.Pipeline;
using Microsoft.ML.Tokenizers;

namespace Microsoft.ML.Lora.Text;

/// <content>What <see cref="Tokenizer"/> asks for.</content>
public sealed partial class HuggingFaceTokenizer
{
    /// <inheritdoc/>
    protected override EncodeResults<EncodedToken> EncodeToTokens(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        ReadOnlySpan<char> source = text is null ? textSpan : text;
        HuggingFaceEncoding encoding = Tokens(source, settings);
        int count = Limit(encoding, settings);
        var tokens = new EncodedToken[count];
        for (int i = 0; i < count; i++)
            tokens[i] = new EncodedToken(encoding.Ids[i], encoding.Tokens[i], encoding.Offsets[i].Start..encoding.Offsets[i].End);
        return new EncodeResults<EncodedToken> { Tokens = tokens, CharsConsumed = Consumed(encoding, count, source.Length) };
    }

    /// <inheritdoc/>
    protected override EncodeResults<int> EncodeToIds(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        ReadOnlySpan<char> source = text is null ? textSpan : text;
        if (settings.MaxTokenCount == int.MaxValue)
        {
            IdList ids = Ids(source, settings);
            return new EncodeResults<int> { Tokens = ids.Ids.ToArray(), CharsConsumed = source.Length };
        }

        HuggingFaceEncoding encoding = Tokens(source, settings);
        int count = Limit(encoding, settings);
        return new EncodeResults<int>
        {
            Tokens = [.. encoding.Ids.Take(count)],
            CharsConsumed = Consumed(encoding, count, source.Length),
        };
    }

    /// <inheritdoc/>
    protected override int CountTokens(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings) =>
        Limit(Ids(text is null ? textSpan : text, settings).Count, settings);

    /// <inheritdoc/>
    protected override int GetIndexByTokenCount(
        string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings, bool fromEnd, out string? normalizedText, out int tokenCount)
    {
        ReadOnlySpan<char> source = text is null ? textSpan : text;
        HuggingFaceEncoding encoding = Tokens(source, settings);
        normalizedText = null;
        if (!fromEnd)
        {
            tokenCount = Limit(encoding, settings);
            return Consumed(encoding, tokenCount, source.Length);
        }

        int first = encoding.Count - Limit(encoding.Count, settings);
        while (first < encoding.Count && IsWithinCharacter(encoding, first))
            first++;
        tokenCount = encoding.Count - first;
        return first == 0 ? 0 : first == encoding.Count ? source.Length : encoding.Offsets[first].Start;
    }

    /// <inheritdoc/>
    public override string Decode(IEnumerable<int> ids) => Decode(ids, skipSpecialTokens: false);

    /// <inheritdoc/>
    public override OperationStatus Decode(IEnumerable<int> ids, Span<char> destination, out int idsConsumed, out int charsWritten)
    {
        ArgumentNullException.ThrowIfNull(ids);
        int[] all = [.. ids];
        string text = Decode(all, skipSpecialTokens: false);
        if (text.AsSpan().TryCopyTo(destination))
        {
            idsConsumed = all.Length;
            charsWritten = text.Length;
            return OperationStatus.Done;
        }

        // Tokens depend on those before them, so the longest beginning that fits is looked for: first by its length, which grows with the ids.
        int low = 0;
        int high = all.Length;
        while (high - low > 1)
        {
            int middle = (low + high) / 2;
            if (Beginning(middle).Length <= destination.Length)
                low = middle;
            else
                high = middle;
        }

        // It may end within a character, or with what the next token takes back.
        string fitting = Beginning(low);
        while (fitting.Length > destination.Length || !text.StartsWith(fitting, StringComparison.Ordinal))
            fitting = Beginning(--low);
        fitting.CopyTo(destination);
        idsConsumed = low;
        charsWritten = fitting.Length;
        return OperationStatus.DestinationTooSmall;

        string Beginning(int count) => count == 0 ? "" : Decode(all.Take(count), skipSpecialTokens: false);
    }

    /// <summary>
    /// Writes the ids of a text, without special tokens, to memory of the caller's. Nothing is allocated but for words that are seen for the first time.
    /// </summary>
    /// <param name="text">The text. Halves of surrogate pairs count as U+FFFD.</param>
    /// <param name="destination">Takes the ids.</param>
    /// <param name="count">How many ids the text has, also where the destination is too small for them.</param>
    /// <returns>Whether they fit; where they do not, nothing is written.</returns>
    /// <exception cref="InvalidOperationException">The text has an unknown piece and the vocabulary no token for such.</exception>
    public bool TryEncodeToIds(ReadOnlySpan<char> text, Span<int> destination, out int count)
    {
        IdList ids = Ids(text, new EncodeSettings { ConsiderNormalization = true, ConsiderPreTokenization = true });
        count = ids.Count;
        return ids.Ids.TryCopyTo(destination);
    }

    [ThreadStatic]
    private static IdList? t_ids;

    private static int Limit(int count, EncodeSettings settings)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(settings.MaxTokenCount, "maxTokenCount");
        return Math.Min(count, settings.MaxTokenCount);
    }

    /// <summary>How many tokens fit, none of them the beginning of a character whose end does not.</summary>
    private static int Limit(HuggingFaceEncoding encoding, EncodeSettings settings)
    {
        int count = Limit(encoding.Count, settings);
        while (IsWithinCharacter(encoding, count))
            count--;
        return count;
    }

    /// <summary>Whether a token begins in the text that the one before it is from, as the bytes of a character do.</summary>
    private static bool IsWithinCharacter(HuggingFaceEncoding encoding, int index) =>
        index > 0 && index < encoding.Count && encoding.Offsets[index].Start < encoding.Offsets[index - 1].End;

    /// <summary>All of the text where all tokens fit, white space at its end included.</summary>
    private static int Consumed(HuggingFaceEncoding encoding, int count, int length) =>
        count == encoding.Count ? length : count == 0 ? 0 : encoding.Offsets[count - 1].End;

    private HuggingFaceEncoding Tokens(ReadOnlySpan<char> text, EncodeSettings settings) =>
        _pipeline.Encode(text, 0, settings.ConsiderNormalization, settings.ConsiderPreTokenization);

    private IdList Ids(ReadOnlySpan<char> text, EncodeSettings settings)
    {
        IdList ids = t_ids ??= new IdList();
        ids.Clear();
        _pipeline.EncodeIds(text, ids, settings.ConsiderNormalization, settings.ConsiderPreTokenization);
        return ids;
    }
}
