namespace Microsoft.ML.Lora.Estimators;

/// <summary>
/// Work that waits for a lane, in the order in which it should be computed. Requests are cut into pieces, so that lanes can share a large one, and a
/// small one need not wait until a large one is done: the n-th piece of a request stands behind whatever comes during the next n batches. Nothing is
/// overtaken for longer than that. Not safe for several threads.
/// </summary>
internal sealed class ScoringQueue
{
    // Large enough for the matrix products to be near their full speed.
    private const int TokensPerPiece = 256;

    private readonly LinkedList<(ScoringWork Work, long Turn)> _waiting = new();
    private long _batches;

    /// <summary>The model of the work whose turn it is; null when nothing waits.</summary>
    public IBatchModel? Next => _waiting.First?.Value.Work.Request.Model;

    /// <summary>Adds all rows of a request.</summary>
    /// <returns>In how many pieces.</returns>
    public int Add(ScoringRequest request)
    {
        int pieces = 0;
        foreach (ScoringWork work in Split(request))
        {
            long turn = _batches + pieces++;
            LinkedListNode<(ScoringWork, long Turn)>? before = _waiting.Last;
            while (before is not null && before.Value.Turn > turn)
                before = before.Previous;
            if (before is null)
                _waiting.AddFirst((work, turn));
            else
                _waiting.AddAfter(before, (work, turn));
        }

        return pieces;
    }

    /// <summary>What waits for a model.</summary>
    public (int Pieces, long Tokens) Waiting(IBatchModel model)
    {
        (int pieces, long tokens) = (0, 0);
        foreach ((ScoringWork work, _) in _waiting)
        {
            if (ReferenceEquals(work.Request.Model, model))
                (pieces, tokens) = (pieces + 1, tokens + work.Tokens);
        }

        return (pieces, tokens);
    }

    /// <summary>Takes what is computed next: the first piece, and as many others for its model as the limits allow.</summary>
    public List<ScoringWork> Take(int pieces, long tokens)
    {
        _batches++;
        List<ScoringWork> batch = [];
        IBatchModel? model = Next;
        long taken = 0;
        for (LinkedListNode<(ScoringWork Work, long)>? node = _waiting.First; node is not null && batch.Count < pieces && taken < tokens;)
        {
            (LinkedListNode<(ScoringWork, long)>? next, ScoringWork work) = (node.Next, node.Value.Work);
            if (ReferenceEquals(work.Request.Model, model) && (batch.Count == 0 || taken + work.Tokens <= tokens))
            {
                batch.Add(work);
                taken += work.Tokens;
                _waiting.Remove(node);
            }

            node = next;
        }

        return batch;
    }

    /// <summary>Takes back what is left of a request.</summary>
    public List<ScoringWork> Remove(ScoringRequest request)
    {
        List<ScoringWork> removed = [];
        for (LinkedListNode<(ScoringWork Work, long)>? node = _waiting.First; node is not null;)
        {
            LinkedListNode<(ScoringWork, long)>? next = node.Next;
            if (ReferenceEquals(node.Value.Work.Request, request))
            {
                removed.Add(node.Value.Work);
                _waiting.Remove(node);
            }

            node = next;
        }

        return removed;
    }

    // Rows of like length go together; a piece is never larger than that, unless a single row is.
    private static IEnumerable<ScoringWork> Split(ScoringRequest request)
    {
        int[] order = [.. Enumerable.Range(0, request.Rows.Count).OrderBy(row => request.Rows[row].Ids.Length)];
        int start = 0;
        int tokens = 0;
        for (int i = 0; i < order.Length; i++)
        {
            int length = request.Rows[order[i]].Ids.Length;
            if (i > start && (tokens + length > TokensPerPiece || request.Model.OneByOne))
            {
                yield return new ScoringWork(request, order[start..i], tokens);
                start = i;
                tokens = 0;
            }

            tokens += length;
        }

        yield return new ScoringWork(request, order[start..], tokens);
    }
}
