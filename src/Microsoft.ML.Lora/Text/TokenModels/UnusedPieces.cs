using System.Text;

namespace Microsoft.ML.Lora.Text.TokenModels;

/// <summary>
/// sentencepiece's way with pieces that are not to come out: they merge like any other, and what is left of them at the end goes back, again and
/// again, to the two parts that last stood side by side for it. Follows its BPE model (src/bpe_model.cc); such models are rare, so nothing is fast.
/// </summary>
/// <param name="ids">The pieces that are not to come out.</param>
/// <param name="vocabulary">Their texts.</param>
internal sealed class UnusedPieces(IReadOnlySet<int> ids, TokenVocabulary vocabulary)
{
    /// <summary>Merges what can be merged, the lowest rank first and the leftmost of equal ones, and takes the unused pieces apart.</summary>
    public BpeWord Merge(BpeWord word, MergeTable merges)
    {
        var parts = new List<Part>();
        for (int i = word.First; i >= 0; i = word.Next[i])
            parts.Add(new Part { Id = word.Ids[i], Bytes = word.Bytes[i], Units = word.Units[i], Previous = parts.Count - 1, Next = parts.Count + 1 });
        var queue = new PriorityQueue<(int Left, int Right, int Bytes), (int Rank, int Left)>();
        var origins = new Dictionary<int, (int Left, int Right)>();
        for (int i = 1; i < parts.Count; i++)
            Consider(i - 1, i);
        while (queue.TryDequeue(out (int Left, int Right, int Bytes) pair, out _))
        {
            Part left = parts[pair.Left];
            Part right = parts[pair.Right];
            if (left.Bytes == 0 || right.Bytes == 0 || left.Bytes + right.Bytes != pair.Bytes)
                continue;
            left.Id = (int)(uint)merges.Get(left.Id, right.Id);
            left.Bytes += right.Bytes;
            left.Units += right.Units;
            left.Next = right.Next;
            right.Bytes = 0;
            if (left.Next < parts.Count)
                parts[left.Next].Previous = pair.Left;
            Consider(left.Previous, pair.Left);
            Consider(pair.Left, left.Next);
        }

        var result = new BpeWord(word.Ids, word.Bytes, word.Units, word.Next);
        for (int i = 0; i < parts.Count; i = parts[i].Next)
            Emit(parts[i].Id, parts[i].Bytes, parts[i].Units, ref result);
        return result;

        void Consider(int left, int right)
        {
            if (left < 0 || right >= parts.Count || merges.Get(parts[left].Id, parts[right].Id) is not (>= 0 and long merge))
                return;
            queue.Enqueue((left, right, parts[left].Bytes + parts[right].Bytes), ((int)(merge >> 32), left));
            if (ids.Contains((int)(uint)merge))
                origins[(int)(uint)merge] = (parts[left].Id, parts[right].Id);
        }

        void Emit(int id, int bytes, int units, ref BpeWord word)
        {
            if (!ids.Contains(id) || !origins.TryGetValue(id, out (int Left, int Right) origin))
            {
                word.Add(id, bytes, units);
                return;
            }

            string left = vocabulary.GetToken(origin.Left)!;
            int leftBytes = Encoding.UTF8.GetByteCount(left);
            Emit(origin.Left, leftBytes, left.Length, ref word);
            Emit(origin.Right, bytes - leftBytes, units - left.Length, ref word);
        }
    }

    private sealed class Part
    {
        public int Id { get; set; }

        public int Bytes { get; set; }

        public int Units { get; set; }

        public int Previous { get; set; }

        public int Next { get; set; }
    }
}
