using Microsoft.ML.Lora.Text.Pipeline;
using Microsoft.ML.Lora.Text.PostProcessors;

namespace Microsoft.ML.Lora.Text;

/// <summary>
/// Turns texts and pairs of texts into what a model takes: ids with special tokens, shortened to a limit (the longer text of a pair first).
/// What the tokenizer's file says of truncation and padding does not matter. May be used by many threads at once.
/// </summary>
internal sealed class TextEncoder
{
    [ThreadStatic]
    private static (IdList First, IdList Second)? t_lists;

    private readonly TokenizerPipeline _pipeline;
    private readonly HuggingFaceTruncation _truncation;
    private readonly IReadOnlyList<TemplateItem>? _single;
    private readonly IReadOnlyList<TemplateItem>? _pair;

    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="maxLength">Most tokens, special ones included.</param>
    /// <exception cref="ArgumentOutOfRangeException">The limit leaves no room for text beside the special tokens.</exception>
    public TextEncoder(HuggingFaceTokenizer tokenizer, int maxLength)
    {
        Tokenizer = tokenizer;
        MaxLength = maxLength;
        _pipeline = tokenizer.Pipeline;
        int special = tokenizer.PairSpecialTokens;
        if (maxLength <= special)
        {
            throw new ArgumentOutOfRangeException(
                nameof(maxLength), maxLength, $"The tokenizer adds {special} special tokens to a pair of texts; the limit must be larger than that.");
        }

        _truncation = new HuggingFaceTruncation(maxLength, Direction: tokenizer.TruncationSide);
        _single = Template(isPair: false);
        _pair = Template(isPair: true);
    }

    public HuggingFaceTokenizer Tokenizer { get; }

    /// <summary>Most tokens, special ones included.</summary>
    public int MaxLength { get; }

    /// <summary>Encodes a text or a pair of texts.</summary>
    /// <exception cref="InvalidOperationException">The text has an unknown piece and the vocabulary no token for such.</exception>
    public TokenizedText Encode(string text, string? pair = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        IReadOnlyList<TemplateItem>? template = pair is null ? _single : _pair;
        if (template is null)
            return EncodeInFull(text, pair);

        (IdList first, IdList second) = t_lists ??= (new IdList(), new IdList());
        first.Clear();
        second.Clear();
        _pipeline.EncodeIds(text, first);
        if (pair is not null)
            _pipeline.EncodeIds(pair, second);

        int special = 0;
        foreach (TemplateItem item in template)
            special += item.Ids.Length;
        int room = MaxLength - special;
        bool truncated = first.Count + second.Count > room;
        ReadOnlySpan<int> firstIds = first.Ids;
        ReadOnlySpan<int> secondIds = second.Ids;
        if (truncated)
        {
            (int one, int two) = pair is null ? (room, 0) : EncodingTruncation.LongestFirst(first.Count, second.Count, room);
            firstIds = Cut(firstIds, one);
            secondIds = Cut(secondIds, two);
        }

        return Assemble(template, firstIds, secondIds, truncated);
    }

    private static TokenizedText Assemble(
        IReadOnlyList<TemplateItem> template, ReadOnlySpan<int> first, ReadOnlySpan<int> second, bool truncated)
    {
        int count = 0;
        bool typed = false;
        foreach (TemplateItem item in template)
        {
            count += item.Sequence < 0 ? item.Ids.Length : item.Sequence == 0 ? first.Length : second.Length;
            typed |= item.TypeId != 0;
        }

        int[] ids = new int[count];
        byte[]? typeIds = typed ? new byte[count] : null;
        int at = 0;
        foreach (TemplateItem item in template)
        {
            ReadOnlySpan<int> part = item.Sequence < 0 ? item.Ids : item.Sequence == 0 ? first : second;
            part.CopyTo(ids.AsSpan(at));
            typeIds?.AsSpan(at, part.Length).Fill(checked((byte)item.TypeId));
            at += part.Length;
        }

        return new TokenizedText(ids, typeIds, truncated);
    }

    private ReadOnlySpan<int> Cut(ReadOnlySpan<int> ids, int count) =>
        ids.Length <= count ? ids : _truncation.Direction == HuggingFaceSide.Right ? ids[..count] : ids[^count..];

    private IReadOnlyList<TemplateItem>? Template(bool isPair)
    {
        if (_pipeline.PostProcessor is null)
            return isPair ? [TemplateItem.Text(0, 0), TemplateItem.Text(1, 1)] : [TemplateItem.Text(0, 0)];
        return _pipeline.PostProcessor.TryGetTemplate(isPair, out IReadOnlyList<TemplateItem> items)
            && items.All(item => item.TypeId <= byte.MaxValue) ? items : null;
    }

    private TokenizedText EncodeInFull(string text, string? pair)
    {
        HuggingFaceEncoding encoding = _pipeline.Finish(
            _pipeline.Encode(text, 0), pair is null ? null : _pipeline.Encode(pair, 1), addSpecialTokens: true, _truncation);
        byte[]? types = encoding.TypeIds.All(type => type == 0) ? null : [.. encoding.TypeIds.Select(type => checked((byte)type))];
        return new TokenizedText([.. encoding.Ids], types, encoding.Overflowing.Count > 0);
    }
}
