using Microsoft.ML.Lora.Text.Pipeline;

namespace Microsoft.ML.Lora.Text.Unicode;

/// <summary>
/// Unicode normalization forms (UAX #15) with the tables and the way of counting changes of Hugging Face's library: each code point that
/// comes out carries the change that <see cref="AlignedWriter"/> takes.
/// </summary>
internal static class UnicodeNormalizer
{
    private const int HangulBase = 0xAC00;
    private const int LBase = 0x1100;
    private const int VBase = 0x1161;
    private const int TBase = 0x11A7;
    private const int LCount = 19;
    private const int VCount = 21;
    private const int TCount = 28;
    private const int HangulCount = LCount * VCount * TCount;

    private static readonly UnicodeTables s_tables = UnicodeTables.Instance;

    [ThreadStatic]
    private static Composer? t_composer;

    // Code points whose combining class is not 0 wait here until the next one of class 0, to be put in order.
    [ThreadStatic]
    private static List<(int Class, int CodePoint, int Change)>? t_waiting;

    /// <summary>True where no code point of the text can change under any form.</summary>
    public static bool IsPlain(ReadOnlySpan<char> text) => !text.ContainsAnyExceptInRange('\0', '\x7F');

    /// <summary>Writes the decomposed or composed form of a piece.</summary>
    public static void Normalize(TextPiece source, TextBuffer destination, bool compatibility, bool compose)
    {
        if (IsPlain(source.Chars))
        {
            destination.Append(source);
            return;
        }

        var writer = new AlignedWriter(source, destination);
        if (compose)
        {
            Composer composer = t_composer ??= new Composer();
            composer.Clear();
            Decompose(source.Chars, compatibility, ref writer, composer);
            composer.Finish(ref writer);
        }
        else
        {
            Decompose(source.Chars, compatibility, ref writer, null);
        }
    }

    /// <summary>The full canonical decomposition of a code point; empty where it is itself.</summary>
    /// <param name="codePoint">The code point.</param>
    /// <param name="hangul">Room for three, used for Hangul syllables.</param>
    public static ReadOnlySpan<int> CanonicalDecomposition(int codePoint, Span<int> hangul) =>
        codePoint < 0xC0 ? default
        : IsHangulSyllable(codePoint) ? DecomposeHangul(codePoint, hangul)
        : s_tables.CanonicalDecompositions.TryGetValue(codePoint, out int[]? found) ? found : default;

    /// <summary>True for a code point that may move over the ones before it when a text is put in canonical order.</summary>
    public static bool MayMove(int codePoint) =>
        CombiningClass(codePoint) != 0
        || (codePoint is >= 0x300 and < 0x1000
            && s_tables.CanonicalDecompositions.TryGetValue(codePoint, out int[]? parts) && CombiningClass(parts[0]) != 0);

    public static int CombiningClass(int codePoint) => codePoint < 0x300 ? 0 : s_tables.CombiningClasses[codePoint];

    public static bool IsHangulSyllable(int codePoint) => (uint)(codePoint - HangulBase) < HangulCount;

    private static void Decompose(ReadOnlySpan<char> text, bool compatibility, ref AlignedWriter writer, Composer? composer)
    {
        List<(int Class, int CodePoint, int Change)> waiting = t_waiting ??= [];
        waiting.Clear();
        Span<int> hangul = stackalloc int[3];
        Span<int> itself = stackalloc int[1];
        for (int i = 0; i < text.Length;)
        {
            int c = CodePoint.At(text, i, out int length);
            i += length;
            scoped ReadOnlySpan<int> parts;
            if (IsHangulSyllable(c))
            {
                parts = DecomposeHangul(c, hangul);
            }
            else if (c >= 0x80
                && ((compatibility && s_tables.CompatibilityDecompositions.TryGetValue(c, out int[]? found))
                    || s_tables.CanonicalDecompositions.TryGetValue(c, out found)))
            {
                parts = found;
            }
            else
            {
                itself[0] = c;
                parts = itself;
            }

            for (int p = 0; p < parts.Length; p++)
            {
                int combining = CombiningClass(parts[p]);
                if (combining == 0)
                    Flush(waiting, ref writer, composer);
                waiting.Add((combining, parts[p], p == 0 ? 0 : 1));
            }
        }

        Flush(waiting, ref writer, composer);
    }

    private static ReadOnlySpan<int> DecomposeHangul(int syllable, Span<int> parts)
    {
        int index = syllable - HangulBase;
        parts[0] = LBase + (index / (VCount * TCount));
        parts[1] = VBase + (index % (VCount * TCount) / TCount);
        parts[2] = TBase + (index % TCount);
        return index % TCount == 0 ? parts[..2] : parts;
    }

    private static void Flush(List<(int Class, int CodePoint, int Change)> waiting, ref AlignedWriter writer, Composer? composer)
    {
        // Insertion sort: stable, and nearly always there is one element.
        for (int i = 1; i < waiting.Count; i++)
        {
            (int Class, int CodePoint, int Change) item = waiting[i];
            int j = i;
            for (; j > 0 && waiting[j - 1].Class > item.Class; j--)
                waiting[j] = waiting[j - 1];
            waiting[j] = item;
        }

        foreach ((int combining, int codePoint, int change) in waiting)
        {
            if (composer is null)
                writer.Write(codePoint, change);
            else
                composer.Add(codePoint, combining, change, ref writer);
        }

        waiting.Clear();
    }

    private static int Compose(int first, int second)
    {
        if ((uint)(first - LBase) < LCount && (uint)(second - VBase) < VCount)
            return HangulBase + ((((first - LBase) * VCount) + (second - VBase)) * TCount);
        if (IsHangulSyllable(first) && (first - HangulBase) % TCount == 0 && (uint)(second - TBase - 1) < TCount - 1)
            return first + (second - TBase);
        return s_tables.Compositions.TryGetValue((first, second), out int composed) ? composed : -1;
    }

    /// <summary>Joins a starter with the marks that follow it, where they are not blocked.</summary>
    private sealed class Composer
    {
        private readonly List<(int CodePoint, int Change)> _marks = [];
        private int _starter = -1;
        private int _starterChange;
        private int _lastClass = -1;

        /// <summary>Forgets what a text that could not be finished has left.</summary>
        public void Clear()
        {
            _marks.Clear();
            _starter = -1;
            _lastClass = -1;
        }

        public void Add(int codePoint, int combining, int change, ref AlignedWriter writer)
        {
            if (_starter < 0)
            {
                if (combining != 0)
                    writer.Write(codePoint, change);
                else
                    Start(codePoint, change);
                return;
            }

            bool blocked = _lastClass >= 0 && _lastClass >= combining;
            int composed = blocked ? -1 : UnicodeNormalizer.Compose(_starter, codePoint);
            if (composed >= 0)
            {
                _starter = composed;
                _starterChange += change - 1;
            }
            else if (combining == 0)
            {
                Flush(ref writer);
                Start(codePoint, change);
            }
            else
            {
                _marks.Add((codePoint, change));
                _lastClass = combining;
            }
        }

        public void Finish(ref AlignedWriter writer)
        {
            if (_starter >= 0)
                Flush(ref writer);
        }

        private void Start(int codePoint, int change)
        {
            _starter = codePoint;
            _starterChange = change;
            _lastClass = -1;
        }

        private void Flush(ref AlignedWriter writer)
        {
            writer.Write(_starter, _starterChange);
            foreach ((int codePoint, int change) in _marks)
                writer.Write(codePoint, change);
            _marks.Clear();
            _starter = -1;
        }
    }
}
