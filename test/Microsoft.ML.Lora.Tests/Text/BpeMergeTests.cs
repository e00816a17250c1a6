using System.Text;
using System.Text.Json;
using Microsoft.ML.Lora.Text;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Text;

/// <summary>Byte-pair encoding of whole texts, against the algorithm as the paper writes it: word by word where that is the same, and where it is not.</summary>
[TestClass]
public sealed class BpeMergeTests
{
    private const string Letters = "abc\u2581";

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void MergingWordByWordChangesNothing(bool acrossWords)
    {
        var random = new Random(acrossWords ? 1 : 2);
        int across = 0;
        for (int round = 0; round < 60; round++)
        {
            List<(string Left, string Right)> merges = Merges(random, acrossWords);
            across += merges.Count(m => (m.Left + m.Right).TrimStart('\u2581').Contains('\u2581')) > 0 ? 1 : 0;
            HuggingFaceTokenizer tokenizer = Load(merges);
            for (int i = 0; i < 40; i++)
            {
                string text = new([.. Enumerable.Range(0, random.Next(1, 120)).Select(_ => Letters[random.Next(Letters.Length)])]);
                Assert.AreEqual(string.Join(' ', Plain(text, merges)), string.Join(' ', tokenizer.Encode(text).Tokens), text);
            }
        }

        Assert.AreEqual(acrossWords, across > 30, "The case is what its name says.");
    }

    private static List<(string Left, string Right)> Merges(Random random, bool acrossWords)
    {
        List<string> tokens = [.. Letters.Select(c => $"{c}")];
        List<(string Left, string Right)> merges = [];
        while (merges.Count < 25)
        {
            (string left, string right) = (tokens[random.Next(tokens.Count)], tokens[random.Next(tokens.Count)]);
            string merged = left + right;
            if (tokens.Contains(merged) || merged.Length > 8 || (!acrossWords && merged.TrimStart('\u2581').Contains('\u2581')))
                continue;
            tokens.Add(merged);
            merges.Add((left, right));
        }

        return merges;
    }

    private static List<string> Plain(string text, List<(string Left, string Right)> merges)
    {
        List<string> parts = [.. text.Select(c => $"{c}")];
        while (true)
        {
            int best = -1;
            int lowest = int.MaxValue;
            for (int i = 0; i + 1 < parts.Count; i++)
            {
                int rank = merges.IndexOf((parts[i], parts[i + 1]));
                if (rank >= 0 && rank < lowest)
                    (best, lowest) = (i, rank);
            }

            if (best < 0)
                return parts;
            parts[best] += parts[best + 1];
            parts.RemoveAt(best + 1);
        }
    }

    private static HuggingFaceTokenizer Load(List<(string Left, string Right)> merges)
    {
        string[] tokens = [.. Letters.Select(c => $"{c}"), .. merges.Select(m => m.Left + m.Right)];
        return HuggingFaceTokenizer.Load([("tokenizer.json", Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new
        {
            model = new
            {
                type = "BPE",
                vocab = tokens.Select((token, id) => (token, id)).ToDictionary(t => t.token, t => t.id),
                merges = merges.Select(m => new[] { m.Left, m.Right }),
            },
        })))]);
    }
}
