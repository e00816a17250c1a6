namespace Microsoft.ML.Lora.Text;

/// <summary>Shortens encodings before special tokens are added.</summary>
internal static class EncodingTruncation
{
    /// <summary>Shortens one text or a pair so that both together have at most <paramref name="maxLength"/> tokens.</summary>
    /// <exception cref="InvalidOperationException">The strategy does not allow enough tokens to be removed, or the stride is too large.</exception>
    public static void Apply(HuggingFaceEncoding first, HuggingFaceEncoding? second, int maxLength, HuggingFaceTruncation options)
    {
        if (maxLength == 0)
        {
            Cut(first, 0, options);
            if (second is not null)
                Cut(second, 0, options);
            return;
        }

        int total = first.Count + (second?.Count ?? 0);
        if (total <= maxLength)
            return;
        if (options.Strategy == HuggingFaceTruncationStrategy.LongestFirst)
        {
            if (second is null)
            {
                Cut(first, maxLength, options);
                return;
            }

            (int one, int two) = LongestFirst(first.Count, second.Count, maxLength);
            Cut(first, one, options);
            Cut(second, two, options);
            return;
        }

        HuggingFaceEncoding target = options.Strategy == HuggingFaceTruncationStrategy.OnlyFirst
            ? first
            : second ?? throw new InvalidOperationException("Truncation 'OnlySecond' needs a second text, and there is none.");
        int left = target.Count - (total - maxLength);
        if (left <= 0)
        {
            throw new InvalidOperationException(
                $"Truncation '{options.Strategy}' would have to remove {total - maxLength} tokens of a text that has {target.Count}.");
        }

        Cut(target, left, options);
    }

    /// <summary>Lengths of the two texts when the longer one is shortened first, both equally once they are alike.</summary>
    public static (int First, int Second) LongestFirst(int first, int second, int maxLength)
    {
        int shorter = Math.Min(first, second);
        int longer = shorter > maxLength ? shorter : Math.Max(shorter, maxLength - shorter);
        if (shorter + longer > maxLength)
        {
            shorter = maxLength / 2;
            longer = shorter + (maxLength % 2);
        }

        return first > second ? (longer, shorter) : (shorter, longer);
    }

    private static void Cut(HuggingFaceEncoding encoding, int maxLength, HuggingFaceTruncation options)
    {
        int count = encoding.Count;
        if (maxLength >= count)
            return;
        if (maxLength == 0)
        {
            HuggingFaceEncoding all = encoding.Clone();
            encoding.Replace(new HuggingFaceEncoding());
            encoding.OverflowingList.Add(all);
            return;
        }

        if (options.Stride >= maxLength)
        {
            throw new InvalidOperationException(
                $"The truncation stride {options.Stride} must be smaller than the {maxLength} tokens that are left when special tokens have their place.");
        }

        var parts = new List<HuggingFaceEncoding>();
        int step = maxLength - options.Stride;
        if (options.Direction == HuggingFaceSide.Right)
        {
            for (int start = 0; start < count; start += step)
            {
                int end = Math.Min(start + maxLength, count);
                parts.Add(encoding.Slice(start, end));
                if (end == count)
                    break;
            }
        }
        else
        {
            for (int end = count; end > 0; end -= step)
            {
                int start = Math.Max(0, end - maxLength);
                parts.Add(encoding.Slice(start, end));
                if (start == 0)
                    break;
            }
        }

        encoding.Replace(parts[0]);
        encoding.OverflowingList.AddRange(parts.Skip(1));
    }
}
