using System.Globalization;
using System.Text;
using Microsoft.ML.Lora.Text.Pipeline;
using Microsoft.ML.Lora.Text.Unicode;

namespace Microsoft.ML.Lora.Text.TokenModels;

/// <summary>
/// Byte-pair encoding (Sennrich, Haddow and Birch 2016): a piece begins as its characters; again and again the neighbours whose merge has
/// the lowest rank, the leftmost of them, become one token.
/// </summary>
internal sealed class BpeModel : TokenModel
{
    // What sentencepiece writes for a blank.
    private const char WordOpener = '\u2581';

    private readonly TokenVocabulary _vocabulary;
    private readonly MergeTable _merges;
    private readonly BpeOptions _options;
    private readonly int _unknownId;
    private readonly int[] _characterIds = new int[0x300];
    private readonly int[]? _byteIds;
    private readonly byte[] _prefixBytes;
    private readonly byte[] _suffixBytes;
    private readonly int _opener;

    public BpeModel(TokenVocabulary vocabulary, MergeTable merges, BpeOptions options)
    {
        _vocabulary = vocabulary;
        _merges = merges;
        _options = options;
        _unknownId = options.UnknownToken is not null && vocabulary.TryGetId(options.UnknownToken, out int id) ? id : -1;
        for (int c = 0; c < _characterIds.Length; c++)
            _characterIds[c] = vocabulary.TryGetId([(char)c], out id) ? id : -1;
        _prefixBytes = Encoding.UTF8.GetBytes(options.ContinuingPrefix ?? "");
        _suffixBytes = Encoding.UTF8.GetBytes(options.WordSuffix ?? "");
        _opener = options.ContinuingPrefix is null && options.WordSuffix is null ? merges.FindOpener(vocabulary, WordOpener) : -1;
        if (options.ByteFallback)
            _byteIds = [.. Enumerable.Range(0, 256).Select(b => vocabulary.TryGetId(ByteToken(b), out int token) ? token : -1)];
    }

    public BpeOptions Options => _options;

    public override int VocabularySize => _vocabulary.Count;

    public override IEnumerable<KeyValuePair<string, int>> Vocabulary => _vocabulary.Items;

    public override bool TryGetId(string token, out int id) => _vocabulary.TryGetId(token, out id);

    public override string? GetToken(int id) => _vocabulary.GetToken(id);

    /// <summary>The same vocabulary and merges with other switches.</summary>
    public BpeModel With(BpeOptions options) => options == _options ? this : new BpeModel(_vocabulary, _merges, options);

    /// <summary>How vocabularies write a byte.</summary>
    public static string ByteToken(int value) => string.Create(CultureInfo.InvariantCulture, $"<0x{value:X2}>");

    public override void Tokenize(ReadOnlySpan<char> piece, TokenList tokens, ModelScratch scratch)
    {
        if (_options.IgnoreMerges && _vocabulary.TryGetId(piece, out int whole))
        {
            tokens.Add(whole, 0, piece.Length);
            return;
        }

        // Where characters can become bytes, a character is at most 4 of them, and as many tokens.
        int most = checked((_byteIds is null ? 1 : 4 + _prefixBytes.Length + _suffixBytes.Length) * piece.Length);
        var word = new BpeWord(scratch.Ints(0, most), scratch.Ints(1, most), scratch.Ints(2, most), scratch.Ints(3, most));
        bool isPlain = Begin(piece, ref word);
        if (_options.Unused is not null)
            word = _options.Unused.Merge(word, _merges);
        else if (!_options.NeverMerges)
            word.Merge(_merges, scratch, _opener);
        int before = tokens.Count;
        AddTokens(piece, word, isPlain, tokens, scratch);
        for (int i = before; _options.UnknownShowsSource && i < tokens.Count; i++)
            tokens[i].ShowsSource = tokens[i].Id == _unknownId;
    }

    /// <summary>
    /// Fills in the characters. False where a token is not simply a stretch of characters (bytes, dropped characters): then ranges count
    /// in UTF-8 bytes, as in Hugging Face's library, which shows when a character was dropped.
    /// </summary>
    private bool Begin(ReadOnlySpan<char> piece, ref BpeWord word)
    {
        bool isPlain = true;
        int unknownLength = 0;
        int unknownUnits = 0;
        bool isUnknown = false;
        for (int at = 0; at < piece.Length;)
        {
            int c = CodePoint.At(piece, at, out int units);
            int bytes = CodePoint.Utf8Length(c);
            int id = -1;
            if (_options.Fixed is { } known && (id = known.Longest(piece, at, out int end)) >= 0)
            {
                units = end - at;
                bytes = Encoding.UTF8.GetByteCount(piece[at..end]);
            }

            bool isLast = at + units == piece.Length;
            if (id < 0)
                id = CharacterId(piece.Slice(at, units), c, isFirst: at == 0, isLast);
            at += units;
            if (id >= 0)
            {
                if (isUnknown)
                    word.Add(_unknownId, unknownLength, unknownUnits);
                isUnknown = false;
                word.Add(id, bytes, units);
                continue;
            }

            if (_byteIds is not null && AddBytes(c, isFirst: at == units, isLast, ref word))
            {
                isPlain = false;
                continue;
            }

            if (_options.UnknownToken is null)
            {
                isPlain = false;
                continue;
            }

            if (_unknownId < 0)
                throw new InvalidOperationException($"The text has an unknown character, and the vocabulary has no token '{_options.UnknownToken}' for it.");
            if (isUnknown && !_options.FuseUnknown)
            {
                word.Add(_unknownId, unknownLength, unknownUnits);
                isUnknown = false;
            }

            unknownLength = isUnknown ? unknownLength + bytes : bytes;
            unknownUnits = isUnknown ? unknownUnits + units : units;
            isUnknown = true;
        }

        if (isUnknown)
            word.Add(_unknownId, unknownLength, unknownUnits);
        return isPlain;
    }

    private int CharacterId(ReadOnlySpan<char> character, int c, bool isFirst, bool isLast)
    {
        string? prefix = isFirst ? null : _options.ContinuingPrefix;
        string? suffix = isLast ? _options.WordSuffix : null;
        if (prefix is null && suffix is null)
            return c < _characterIds.Length ? _characterIds[c] : _vocabulary.TryGetId(character, out int id) ? id : -1;
        const int MostOnStack = 128;
        int length = (prefix?.Length ?? 0) + character.Length + (suffix?.Length ?? 0);
        Span<char> decorated = length <= MostOnStack ? stackalloc char[length] : new char[length];
        prefix.AsSpan().CopyTo(decorated);
        character.CopyTo(decorated[(prefix?.Length ?? 0)..]);
        suffix.AsSpan().CopyTo(decorated[(length - (suffix?.Length ?? 0))..]);
        return _vocabulary.TryGetId(decorated, out int found) ? found : -1;
    }

    private bool AddBytes(int c, bool isFirst, bool isLast, ref BpeWord word)
    {
        Span<byte> character = stackalloc byte[4];
        character = character[..new Rune(c).EncodeToUtf8(character)];
        ReadOnlySpan<byte> prefix = isFirst ? default : _prefixBytes;
        ReadOnlySpan<byte> suffix = isLast ? _suffixBytes : default;
        if (!HasBytes(prefix) || !HasBytes(character) || !HasBytes(suffix))
            return false;
        AddBytes(prefix, ref word);
        AddBytes(character, ref word);
        AddBytes(suffix, ref word);
        return true;
    }

    private bool HasBytes(ReadOnlySpan<byte> bytes)
    {
        foreach (byte b in bytes)
        {
            if (_byteIds![b] < 0)
                return false;
        }

        return true;
    }

    private void AddBytes(scoped ReadOnlySpan<byte> bytes, ref BpeWord word)
    {
        foreach (byte b in bytes)
            word.Add(_byteIds![b], 1, 0);
    }

    private static void AddTokens(ReadOnlySpan<char> piece, in BpeWord word, bool isPlain, TokenList tokens, ModelScratch scratch)
    {
        if (isPlain)
        {
            int start = 0;
            for (int i = word.First; i >= 0; i = word.Next[i])
            {
                int end = start + word.Units[i];
                tokens.Add(word.Ids[i], start, end);
                start = end;
            }

            return;
        }

        // For each byte the character that it is part of.
        int bytes = Encoding.UTF8.GetByteCount(piece);
        Span<int> units = scratch.Ints(4, bytes + 1);
        int at = 0;
        for (int i = 0; i < piece.Length;)
        {
            int c = CodePoint.At(piece, i, out int length);
            units.Slice(at, CodePoint.Utf8Length(c)).Fill(i);
            at += CodePoint.Utf8Length(c);
            i += length;
        }

        int from = 0;
        for (int i = word.First; i >= 0; i = word.Next[i])
        {
            int to = from + word.Bytes[i];
            int first = units[Math.Min(from, bytes - 1)];
            int last = units[Math.Min(to, bytes) - 1];
            tokens.Add(word.Ids[i], first, last + (char.IsHighSurrogate(piece[last]) ? 2 : 1));
            from = to;
        }
    }
}
