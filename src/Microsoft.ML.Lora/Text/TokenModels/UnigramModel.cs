using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.ML.Lora.Text.Pipeline;
using Microsoft.ML.Lora.Text.Unicode;

namespace Microsoft.ML.Lora.Text.TokenModels;

/// <summary>
/// Unigram language model (Kudo 2018): the segmentation with the greatest sum of scores. Among equal sums the one found first stays, which
/// is how Hugging Face's library decides. Neighbouring unknown characters are one token.
/// </summary>
internal sealed class UnigramModel : TokenModel
{
    private const double UnknownPenalty = 10;

    private readonly string[] _pieces;
    private readonly double[] _scores;
    private readonly SpanDictionary _ids;
    private readonly PieceTrie _trie;
    private readonly int _unknownId;
    private readonly double _unknownScore;
    private readonly int[]? _byteIds;
    private readonly bool _isSentencePiece;

    /// <param name="pieces">The pieces; the place is the id.</param>
    /// <param name="scores">Their scores.</param>
    /// <param name="unknownId">Id of the unknown piece; -1 = none.</param>
    /// <param name="byteFallback">Whether unknown characters become the pieces of their bytes, where there are such.</param>
    /// <param name="found">
    /// Which ids are found in text; null = all, as in Hugging Face's library. With it the model follows sentencepiece itself: sums are rounded
    /// to single precision, which decides between segmentations that are nearly equal.
    /// </param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // as SpanDictionary's
    public UnigramModel(string[] pieces, double[] scores, int unknownId, bool byteFallback, Func<int, bool>? found = null)
    {
        _isSentencePiece = found is not null;
        // Loops, because LINQ over values is compiled anew for each of them, which takes longer than the work.
        _pieces = pieces;
        _scores = scores;
        string[] inText = new string[pieces.Length];
        double lowest = double.PositiveInfinity;
        for (int id = 0; id < _pieces.Length; id++)
        {
            bool isFound = found is null || found(id);
            inText[id] = isFound ? _pieces[id] : "";
            if (isFound)
                lowest = Math.Min(lowest, _scores[id]);
        }

        _ids = new SpanDictionary(_pieces);
        _trie = new PieceTrie(inText);
        _unknownId = unknownId;
        _unknownScore = lowest - UnknownPenalty;
        if (_isSentencePiece)
            _unknownScore = (float)_unknownScore;
        if (byteFallback)
            _byteIds = [.. Enumerable.Range(0, 256).Select(b => _ids.TryGetValue(BpeModel.ByteToken(b), out int id) ? id : -1)];
    }

    public override int VocabularySize => _pieces.Length;

    public override IEnumerable<KeyValuePair<string, int>> Vocabulary => _ids.Items;

    public override bool TryGetId(string token, out int id) => _ids.TryGetValue(token, out id);

    public override string? GetToken(int id) => (uint)id < (uint)_pieces.Length ? _pieces[id] : null;

    /// <summary>The same pieces with another unknown one, as in Hugging Face's library.</summary>
    public UnigramModel With(int unknownId, bool byteFallback) =>
        unknownId == _unknownId && byteFallback == _byteIds is not null ? this : new UnigramModel(_pieces, _scores, unknownId, byteFallback);

    public override void Tokenize(ReadOnlySpan<char> piece, TokenList tokens, ModelScratch scratch)
    {
        Span<double> best = scratch.Doubles(0, piece.Length + 1);
        Span<int> starts = scratch.Ints(0, piece.Length + 1);
        Span<int> ids = scratch.Ints(1, piece.Length + 1);
        FindBestPath(piece, best, starts, ids);

        // From the end to the beginning; the tokens are turned around afterwards.
        int before = tokens.Count;
        for (int end = piece.Length; end > 0;)
        {
            int start = starts[end];
            if (_unknownId >= 0 && ids[end] == _unknownId)
            {
                while (start > 0 && ids[start] == _unknownId)
                    start = starts[start];
                AddUnknown(piece, start, end, tokens);
            }
            else
            {
                tokens.Add(ids[end], start, end);
            }

            end = start;
        }

        tokens.Reverse(before);
    }

    private void FindBestPath(ReadOnlySpan<char> piece, Span<double> best, Span<int> starts, Span<int> ids)
    {
        starts.Fill(-1);
        best[0] = 0;
        for (int at = 0; at < piece.Length;)
        {
            CodePoint.At(piece, at, out int length);
            double score = best[at];
            bool hasSingle = false;
            int node = 0;
            for (int end = at; end < piece.Length;)
            {
                node = _trie.Next(node, piece[end++]);
                if (node == 0)
                    break;
                int id = _trie.Value(node);
                if (id < 0)
                    continue;
                hasSingle |= end == at + length;
                Offer(best, starts, ids, at, end, Sum(score, _scores[id]), id);
            }

            if (!hasSingle)
            {
                int end = at + length;
                double candidate = Sum(_unknownScore, score);
                if (starts[end] < 0 || candidate > best[end])
                {
                    if (_unknownId < 0)
                        throw new InvalidOperationException("The text has an unknown character, and the model has no unknown piece (unk_id) for it.");
                    Offer(best, starts, ids, at, end, candidate, _unknownId);
                }
            }

            at += length;
        }
    }

    private double Sum(double a, double b) => _isSentencePiece ? (float)(a + b) : a + b;

    private static void Offer(Span<double> best, Span<int> starts, Span<int> ids, int start, int end, double score, int id)
    {
        if (starts[end] >= 0 && !(score > best[end]))
            return;
        best[end] = score;
        starts[end] = start;
        ids[end] = id;
    }

    private void AddUnknown(ReadOnlySpan<char> piece, int start, int end, TokenList tokens)
    {
        ReadOnlySpan<char> text = piece[start..end];
        if (!_isSentencePiece && _ids.TryGetValue(text, out int id))
        {
            tokens.Add(id, start, end);
            return;
        }

        if (_byteIds is not null)
        {
            // As all tokens here, from the last to the first.
            int before = tokens.Count;
            Span<byte> bytes = stackalloc byte[4];
            bool known = true;
            for (int at = text.Length; at > 0 && known;)
            {
                int count = new Rune(CodePoint.Before(text, at, out int units)).EncodeToUtf8(bytes);
                for (int i = count - 1; i >= 0 && known; i--)
                {
                    known = _byteIds[bytes[i]] >= 0;
                    tokens.Add(_byteIds[bytes[i]], start, end);
                }

                at -= units;
            }

            if (known)
                return;
            tokens.Truncate(before);
        }

        tokens.Add(_unknownId, start, end, showsSource: true);
    }
}
