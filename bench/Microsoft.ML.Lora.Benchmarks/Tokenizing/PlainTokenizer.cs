using System.Text.Json;
using Microsoft.ML.Lora.Text;
using Microsoft.ML.Lora.Text.Pipeline;
using Microsoft.ML.Lora.Text.Reading;
using Microsoft.ML.Lora.Text.TokenModels;

namespace Microsoft.ML.Lora.Benchmarks.Tokenizing;

/// <summary>
/// The yardstick: the algorithms as the papers write them, over strings and dictionaries, with nothing remembered from word to word.
/// Cutting text into words is the product's own step, so that only the algorithm and its data structures differ.
/// </summary>
internal sealed class PlainTokenizer
{
    private readonly TokenizerPipeline _pipeline;
    private readonly Dictionary<string, int> _ids;
    private readonly Dictionary<(string, string), int> _ranks = [];
    private readonly Dictionary<string, double> _scores = [];
    private readonly int _longest;
    private readonly Func<string, IEnumerable<int>> _tokenize;

    public PlainTokenizer(HuggingFaceTokenizer tokenizer)
    {
        _pipeline = tokenizer.Pipeline;
        _ids = _pipeline.Model.Vocabulary.ToDictionary(item => item.Key, item => item.Value);
        _longest = _ids.Keys.Max(token => token.Length);
        (string name, byte[] content) = tokenizer.Files.First(file => file.Name is "tokenizer.json" or "spiece.model" or "tokenizer.model");
        if (name == "tokenizer.json")
            ReadJson(content);
        else
            ReadSentencePiece(new SentencePieceFile(name, content));
        _tokenize = _pipeline.Model switch
        {
            BpeModel => BytePairs,
            UnigramModel => BestPath,
            _ => WordPieces,
        };
    }

    private void ReadJson(byte[] content)
    {
        using JsonDocument document = JsonDocument.Parse(content);
        JsonElement model = document.RootElement.GetProperty("model");
        if (_pipeline.Model is BpeModel)
        {
            foreach (JsonElement merge in model.GetProperty("merges").EnumerateArray())
            {
                string[] parts = merge.ValueKind == JsonValueKind.String
                    ? merge.GetString()!.Split(' ')
                    : [merge[0].GetString()!, merge[1].GetString()!];
                _ranks.TryAdd((parts[0], parts[1]), _ranks.Count);
            }
        }
        else if (_pipeline.Model is UnigramModel)
        {
            foreach (JsonElement piece in model.GetProperty("vocab").EnumerateArray())
                _scores[piece[0].GetString()!] = piece[1].GetDouble();
        }
    }

    private void ReadSentencePiece(SentencePieceFile file)
    {
        foreach ((string piece, float score, _) in file.Pieces)
            _scores[piece] = score;
        if (_pipeline.Model is not BpeModel)
            return;
        int rank = 0;
        foreach (string piece in _scores.OrderByDescending(item => item.Value).Select(item => item.Key))
        {
            for (int cut = 1; cut < piece.Length; cut++)
            {
                if (_scores.ContainsKey(piece[..cut]) && _scores.ContainsKey(piece[cut..]))
                    _ranks.TryAdd((piece[..cut], piece[cut..]), rank);
            }

            rank++;
        }
    }

    /// <summary>Number of ids of a text.</summary>
    public int Count(string text)
    {
        EncodeWorkspace workspace = EncodeWorkspace.Current;
        PieceBuffer pieces = _pipeline.Added.Extract(text, _pipeline.Normalizer, workspace, tracks: false);
        int count = 0;
        for (int i = 0; i < pieces.Count; i++)
        {
            if (pieces.TokenId(i) >= 0 || _pipeline.PreTokenizer is null)
            {
                count += pieces.TokenId(i) >= 0 ? 1 : _tokenize(pieces[i].Chars.ToString()).Count();
                continue;
            }

            var words = new PieceBuffer();
            words.Clear(tracks: false);
            _pipeline.PreTokenizer.Split(pieces[i], words);
            for (int w = 0; w < words.Count; w++)
                count += _tokenize(words[w].Chars.ToString()).Count();
        }

        return count;
    }

    private IEnumerable<int> WordPieces(string word)
    {
        var found = new List<int>();
        for (int start = 0; start < word.Length;)
        {
            int end = word.Length;
            int id = -1;
            for (; end > start; end--)
            {
                string part = (start > 0 ? "##" : "") + word[start..end];
                if (_ids.TryGetValue(part, out id))
                    break;
            }

            if (end == start)
                return [_ids["[UNK]"]];
            found.Add(id);
            start = end;
        }

        return found;
    }

    private IEnumerable<int> BytePairs(string word)
    {
        List<string> parts = [.. word.EnumerateRunes().Select(rune => rune.ToString())];
        while (parts.Count > 1)
        {
            int best = -1;
            int rank = int.MaxValue;
            for (int i = 0; i + 1 < parts.Count; i++)
            {
                if (_ranks.TryGetValue((parts[i], parts[i + 1]), out int found) && found < rank)
                    (best, rank) = (i, found);
            }

            if (best < 0)
                break;
            parts[best] += parts[best + 1];
            parts.RemoveAt(best + 1);
        }

        return parts.Select(part => _ids.GetValueOrDefault(part));
    }

    private IEnumerable<int> BestPath(string word)
    {
        double[] best = new double[word.Length + 1];
        int[] starts = new int[word.Length + 1];
        Array.Fill(best, double.NegativeInfinity);
        best[0] = 0;
        const double Unknown = -30;
        for (int start = 0; start < word.Length; start++)
        {
            for (int end = start + 1; end <= Math.Min(word.Length, start + _longest); end++)
            {
                double score = _scores.TryGetValue(word[start..end], out double found) ? found : end == start + 1 ? Unknown : double.NegativeInfinity;
                if (best[start] + score > best[end])
                    (best[end], starts[end]) = (best[start] + score, start);
            }
        }

        var ids = new List<int>();
        for (int end = word.Length; end > 0; end = starts[end])
            ids.Add(_ids.GetValueOrDefault(word[starts[end]..end]));
        return ids;
    }
}
