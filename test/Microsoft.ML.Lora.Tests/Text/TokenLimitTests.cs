using Microsoft.ML.Lora.Text;
using Microsoft.ML.Tokenizers;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Text;

/// <summary>
/// What <see cref="Tokenizer"/> promises of limits on tokens, for every tokenizer of the records: all members agree, and no more could be taken.
/// </summary>
[TestClass]
public sealed class TokenLimitTests
{
    // A part of the strings is enough for the rules, and takes a few seconds with all tokenizers.
    private const int EveryNthString = 5;

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public void LimitsTakeAsMuchAsTheyAllow()
    {
        var run = new GoldenRun(TestContext, "limits on tokens");
        foreach (string path in GoldenFiles.Files("*.expected.json.gz", "tokenizers", "small"))
        {
            if (TokenizerGoldens.ReadJson(path).TryGetProperty("load_error", out _))
                continue;
            HuggingFaceTokenizer tokenizer = TokenizerGoldens.LoadTokenizer(path.Replace(".expected.json.gz", ".tokenizer.json", StringComparison.Ordinal));
            for (int i = 0; i < TokenizerGoldens.Strings.Count; i += EveryNthString)
            {
                string text = TokenizerGoldens.Strings[i];
                run.Case($"{Path.GetFileName(path)} text {i}", () => Check(tokenizer, text));
            }
        }

        run.Finish();
    }

    private static void Check(Tokenizer tokenizer, string text)
    {
        IReadOnlyList<EncodedToken> all;
        try
        {
            all = tokenizer.EncodeToTokens(text, out _);
        }
        catch (InvalidOperationException)
        {
            // No token for what is unknown.
            Assert.ThrowsExactly<InvalidOperationException>(() => tokenizer.GetIndexByTokenCount(text, 1, out _, out _));
            return;
        }

        foreach (int most in new[] { 0, 1, 3, 8, all.Count, int.MaxValue })
        {
            CheckFromStart(tokenizer, text, all, most);
            CheckFromEnd(tokenizer, text, all, most);
        }

        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => tokenizer.EncodeToIds(text, -1, out _, out _));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => tokenizer.GetIndexByTokenCount(text, -1, out _, out _));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => tokenizer.GetIndexByTokenCountFromEnd(text, -1, out _, out _));
    }

    private static void CheckFromStart(Tokenizer tokenizer, string text, IReadOnlyList<EncodedToken> all, int most)
    {
        IReadOnlyList<int> ids = tokenizer.EncodeToIds(text, most, out string? normalized, out int consumed);
        Assert.IsNull(normalized);
        CollectionAssert.AreEqual(all.Take(ids.Count).Select(token => token.Id).ToArray(), ids.ToArray());
        Assert.AreEqual(consumed, tokenizer.GetIndexByTokenCount(text, most, out normalized, out int count));
        Assert.IsNull(normalized);
        Assert.AreEqual(ids.Count, count);
        Assert.AreEqual(consumed, tokenizer.GetIndexByTokenCount(text.AsSpan(), most, out _, out _));
        Assert.IsLessThanOrEqualTo(most, count);
        Assert.AreEqual(count == all.Count ? text.Length : count == 0 ? 0 : all[count - 1].Offset.End.Value, consumed);

        // All tokens between what is taken and what would be too many are of one character.
        for (int i = count + 1; i < all.Count && i <= most; i++)
            Assert.IsTrue(BeginsWithin(all, i), $"{count} of {most} tokens, and a cut at {i} would do");
        Assert.IsFalse(count > 0 && BeginsWithin(all, count), "a cut within a character");
        Assert.IsFalse(consumed > 0 && consumed < text.Length && char.IsSurrogatePair(text[consumed - 1], text[consumed]));
    }

    private static void CheckFromEnd(Tokenizer tokenizer, string text, IReadOnlyList<EncodedToken> all, int most)
    {
        int from = tokenizer.GetIndexByTokenCountFromEnd(text, most, out string? normalized, out int count);
        Assert.IsNull(normalized);
        Assert.AreEqual(from, tokenizer.GetIndexByTokenCountFromEnd(text.AsSpan(), most, out _, out _));
        Assert.IsLessThanOrEqualTo(most, count);
        Assert.AreEqual(count == all.Count ? 0 : count == 0 ? text.Length : all[^count].Offset.Start.Value, from);
        int first = all.Count - count;
        for (int i = first - 1; i > 0 && all.Count - i <= most; i--)
            Assert.IsTrue(BeginsWithin(all, i), $"{count} of {most} tokens from the end, and a cut at {i} would do");
        Assert.IsFalse(first > 0 && BeginsWithin(all, first), "a cut within a character");
    }

    /// <summary>Whether a token begins in the text of the one before it, as the bytes of a character do.</summary>
    private static bool BeginsWithin(IReadOnlyList<EncodedToken> tokens, int index) =>
        index < tokens.Count && tokens[index].Offset.Start.Value < tokens[index - 1].Offset.End.Value;
}
