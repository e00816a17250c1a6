using System.Runtime.InteropServices;

namespace Microsoft.ML.Lora.Text;

/// <summary>
/// A text or a pair of texts as tokens, with all that Hugging Face's library tells of them. All lists have one entry per token.
/// </summary>
public sealed class HuggingFaceEncoding
{
    private readonly List<int> _ids;
    private readonly List<int> _typeIds;
    private readonly List<string> _tokens;
    private readonly List<int> _wordIds;
    private readonly List<(int Start, int End)> _offsets;
    private readonly List<bool> _special;
    private readonly List<bool> _attention;
    // Two texts; more where post-processors that stand in a row count what an earlier one has made.
    private (int Start, int End)?[] _sequences = new (int, int)?[2];
    private List<HuggingFaceEncoding> _overflowing = [];

    internal HuggingFaceEncoding(int capacity = 0)
    {
        _ids = new(capacity);
        _typeIds = new(capacity);
        _tokens = new(capacity);
        _wordIds = new(capacity);
        _offsets = new(capacity);
        _special = new(capacity);
        _attention = new(capacity);
    }

    /// <summary>Token ids.</summary>
    public IReadOnlyList<int> Ids => _ids;

    /// <summary>Which text a token belongs to, as the model is told (token type, segment).</summary>
    public IReadOnlyList<int> TypeIds => _typeIds;

    /// <summary>Token texts.</summary>
    public IReadOnlyList<string> Tokens => _tokens;

    /// <summary>Index of the word (pre-tokenized piece) a token is part of; -1 for tokens that are not from the text.</summary>
    public IReadOnlyList<int> WordIds => _wordIds;

    /// <summary>Range of the original text in UTF-16 units, so that <c>text[Start..End]</c> is the token's source; (0, 0) for added tokens.</summary>
    public IReadOnlyList<(int Start, int End)> Offsets => _offsets;

    /// <summary>True for tokens that the post-processor or padding added.</summary>
    public IReadOnlyList<bool> SpecialTokensMask => _special;

    /// <summary>False for padding.</summary>
    public IReadOnlyList<bool> AttentionMask => _attention;

    /// <summary>What truncation cut off, in parts of the same length that overlap by the stride.</summary>
    public IReadOnlyList<HuggingFaceEncoding> Overflowing => _overflowing;

    /// <summary>Number of tokens.</summary>
    public int Count => _ids.Count;

    /// <summary>For each token 0 (first text), 1 (second text) or -1 (neither).</summary>
    public IReadOnlyList<int> GetSequenceIds()
    {
        int[] ids = new int[Count];
        Array.Fill(ids, -1);
        int known = _sequences.Count(range => range is not null);
        for (int sequence = 0; sequence < Math.Max(1, known); sequence++)
        {
            (int start, int end) = _sequences[sequence] ?? (0, Count);
            ids.AsSpan(start, end - start).Fill(sequence);
        }

        return ids;
    }

    /// <summary>The text the tokens are from, for post-processors that count its characters.</summary>
    internal string Source { get; set; } = "";

    internal List<HuggingFaceEncoding> OverflowingList => _overflowing;

    internal void Add(int id, int typeId, string token, int wordId, (int Start, int End) offset, bool special, bool attention = true)
    {
        _ids.Add(id);
        _typeIds.Add(typeId);
        _tokens.Add(token);
        _wordIds.Add(wordId);
        _offsets.Add(offset);
        _special.Add(special);
        _attention.Add(attention);
    }

    internal void AddSpecial(int id, int typeId, string token) => Add(id, typeId, token, -1, (0, 0), special: true);

    internal void SetTypeIds(int typeId)
    {
        for (int i = 0; i < Count; i++)
            _typeIds[i] = typeId;
    }

    internal void SetOffset(int index, int start, int end) => _offsets[index] = (start, end);

    internal void SetSequence(int sequence) => SetSequence(sequence, 0, Count);

    internal void SetSequence(int sequence, int start, int end)
    {
        if (sequence >= _sequences.Length)
            Array.Resize(ref _sequences, sequence + 1);
        _sequences[sequence] = (start, end);
    }

    internal HuggingFaceEncoding Clone()
    {
        HuggingFaceEncoding copy = Slice(0, Count);
        copy._sequences = [.. _sequences];
        copy._overflowing = [.. _overflowing];
        return copy;
    }

    /// <summary>A part, without overflow and without knowing which text it is from.</summary>
    internal HuggingFaceEncoding Slice(int start, int end)
    {
        int count = end - start;
        var part = new HuggingFaceEncoding(count) { Source = Source };
        part._ids.AddRange(_ids.GetRange(start, count));
        part._typeIds.AddRange(_typeIds.GetRange(start, count));
        part._tokens.AddRange(_tokens.GetRange(start, count));
        part._wordIds.AddRange(_wordIds.GetRange(start, count));
        part._offsets.AddRange(_offsets.GetRange(start, count));
        part._special.AddRange(_special.GetRange(start, count));
        part._attention.AddRange(_attention.GetRange(start, count));
        return part;
    }

    /// <summary>
    /// Appends another encoding. Parts that were cut off combine: each of ours with the other and with its parts, then the whole of ours
    /// with the other's parts.
    /// </summary>
    internal void Merge(HuggingFaceEncoding other)
    {
        var overflowing = new List<HuggingFaceEncoding>();
        foreach (HuggingFaceEncoding mine in _overflowing)
        {
            overflowing.Add(Joined(mine, other));
            foreach (HuggingFaceEncoding theirs in other._overflowing)
                overflowing.Add(Joined(mine, theirs));
        }

        foreach (HuggingFaceEncoding theirs in other._overflowing)
            overflowing.Add(Joined(this, theirs));

        int count = Count;
        if (_sequences.Length < other._sequences.Length)
            Array.Resize(ref _sequences, other._sequences.Length);
        for (int i = 0; i < other._sequences.Length; i++)
        {
            if (other._sequences[i] is (int start, int end))
                _sequences[i] = (count + start, count + end);
        }

        _ids.AddRange(other._ids);
        _typeIds.AddRange(other._typeIds);
        _tokens.AddRange(other._tokens);
        _wordIds.AddRange(other._wordIds);
        _offsets.AddRange(other._offsets);
        _special.AddRange(other._special);
        _attention.AddRange(other._attention);
        _overflowing = overflowing;
    }

    /// <summary>Replaces the content by another encoding's.</summary>
    internal void Replace(HuggingFaceEncoding other)
    {
        _ids.Clear();
        _typeIds.Clear();
        _tokens.Clear();
        _wordIds.Clear();
        _offsets.Clear();
        _special.Clear();
        _attention.Clear();
        _overflowing = [];
        _sequences = new (int, int)?[2];
        Merge(other);
        _overflowing = [.. other._overflowing];
    }

    /// <summary>A copy with special tokens around it, around each of the parts cut off too; marked as one text of a pair, none of whose own tokens are special.</summary>
    internal HuggingFaceEncoding Surround((string Token, int Id)? before, (string Token, int Id) after, int typeId, int sequence)
    {
        var whole = new HuggingFaceEncoding(Count + 2);
        if (before is (string token, int id))
            whole.AddSpecial(id, typeId, token);
        HuggingFaceEncoding content = Slice(0, Count);
        int start = whole.Count;
        whole.Merge(content);
        int end = whole.Count;
        CollectionsMarshal.AsSpan(whole._special)[start..].Clear();
        whole.AddSpecial(after.Id, typeId, after.Token);
        whole.SetSequence(sequence, start, end);
        whole._overflowing = _overflowing.ConvertAll(part => part.Surround(before, after, typeId, sequence));
        return whole;
    }

    /// <summary>Adds padding up to a length, to the parts cut off too.</summary>
    internal void Pad(int length, int id, int typeId, string token, bool left)
    {
        foreach (HuggingFaceEncoding part in _overflowing)
            part.Pad(length, id, typeId, token, left);
        int missing = length - Count;
        if (missing <= 0)
            return;
        var padding = new HuggingFaceEncoding(length);
        for (int i = 0; i < missing; i++)
            padding.Add(id, typeId, token, -1, (0, 0), special: true, attention: false);
        if (!left)
        {
            List<HuggingFaceEncoding> parts = _overflowing;
            _overflowing = [];
            Merge(padding);
            _overflowing = parts;
            return;
        }

        HuggingFaceEncoding content = Clone();
        content._overflowing = [];
        padding.Merge(content);
        List<HuggingFaceEncoding> kept = _overflowing;
        Replace(padding);
        _overflowing = kept;
    }

    private static HuggingFaceEncoding Joined(HuggingFaceEncoding first, HuggingFaceEncoding second)
    {
        HuggingFaceEncoding joined = first.Clone();
        joined.Merge(second);

        // All combinations stand in the outer list already.
        joined._overflowing = [];
        return joined;
    }
}
