using System.Text;
using System.Text.Json;
using Microsoft.ML.Lora.Text.Decoders;
using Microsoft.ML.Lora.Text.Normalizers;
using Microsoft.ML.Lora.Text.Pipeline;
using Microsoft.ML.Lora.Text.PreTokenizers;
using Microsoft.ML.Lora.Text.Reading;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Text;

/// <summary>Single normalizers, pre-tokenizers and decoders against their records. Offsets of these records count code points.</summary>
[TestClass]
public sealed class ComponentTests
{
    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public void NormalizersGiveTheRecords()
    {
        var run = new GoldenRun(TestContext, "normalizers");
        foreach (string path in GoldenFiles.Files("*.json.gz", "tokenizers", "components", "normalizers"))
        {
            JsonElement file = TokenizerGoldens.ReadJson(path);
            string name = Path.GetFileName(path);
            TextNormalizer? normalizer = null;
            if (Elsewhere(file) is string elsewhere)
            {
                if (TokenizerGoldens.Locate(elsewhere) is string tokenizer)
                    run.Case(name, () => normalizer = TokenizerGoldens.LoadTokenizer(tokenizer).Pipeline.Normalizer);
                else
                    run.LeaveOut(name, $"{elsewhere} is not in this selection");
            }
            else
            {
                run.Case(name, () => normalizer = NormalizerReader.Read(Config(file, path)));
            }

            foreach (JsonElement record in normalizer is null ? [] : file.GetProperty("cases").EnumerateArray().ToArray())
                run.Case($"{name} text {record.GetProperty("i")}", () => CheckNormalizer(record, normalizer!));
        }

        run.Finish();
    }

    [TestMethod]
    public void PreTokenizersGiveTheRecords()
    {
        var run = new GoldenRun(TestContext, "pre-tokenizers");
        foreach (string path in GoldenFiles.Files("*.json.gz", "tokenizers", "components", "pretokenizers"))
        {
            JsonElement file = TokenizerGoldens.ReadJson(path);
            string name = Path.GetFileName(path);
            TextPreTokenizer? preTokenizer = null;
            run.Case(name, () => preTokenizer = PreTokenizerReader.Read(Config(file, path)));
            foreach (JsonElement record in preTokenizer is null ? [] : file.GetProperty("cases").EnumerateArray().ToArray())
                run.Case($"{name} text {record.GetProperty("i")}", () => CheckPreTokenizer(record, preTokenizer!));
        }

        run.Finish();
    }

    [TestMethod]
    public void DecodersGiveTheRecords()
    {
        var run = new GoldenRun(TestContext, "decoders");
        string path = TokenizerGoldens.Folder("components", "decoders.json.gz");
        if (!File.Exists(path))
            Assert.Inconclusive($"'{path}' is not in this selection.");
        JsonElement file = TokenizerGoldens.ReadJson(path);
        string[][] lists = [.. file.GetProperty("lists").EnumerateArray().Select(list => list.EnumerateArray().Select(item => item.GetString()!).ToArray())];
        foreach (JsonElement entry in file.GetProperty("cases").EnumerateArray())
        {
            string name = entry.GetProperty("name").GetString()!;
            TokenDecoder? decoder = null;
            bool has = entry.GetProperty("config").ValueKind != JsonValueKind.Null;
            if (has)
                run.Case(name, () => decoder = DecoderReader.Read(Config(entry, path)));
            if (has && decoder is null)
                continue;
            int at = 0;
            foreach (JsonElement expected in entry.GetProperty("out").EnumerateArray())
            {
                string[] list = lists[at++];
                run.Case($"{name} list {at - 1}", () =>
                {
                    string found = TokenizerPipeline.Join(decoder, [.. list]);

                    // Where the library panics there is no record to be equal to; an ordinary answer will do.
                    if (expected.ValueKind == JsonValueKind.String)
                        Assert.AreEqual(expected.GetString(), found);
                });
            }
        }

        run.Finish();
    }

    private static JsonField Config(JsonElement file, string path) => new(path, "", "config", file.GetProperty("config"));

    /// <summary>A large character map is not repeated in the record: the tokenizer that it is in is named instead.</summary>
    private static string? Elsewhere(JsonElement file) =>
        file.GetProperty("config").TryGetProperty("precompiled_charsmap", out JsonElement map) && map.GetString()!.StartsWith("see ", StringComparison.Ordinal)
            ? map.GetString()![4..]
            : null;

    private static void CheckNormalizer(JsonElement record, TextNormalizer normalizer)
    {
        string text = TokenizerGoldens.Strings[record.GetProperty("i").GetInt32()];
        string expected = record.TryGetProperty("n", out JsonElement normalized) ? normalized.GetString()! : text;
        Assert.AreEqual(expected, normalizer.Normalize(text));

        var source = new TextBuffer();
        source.Clear(tracks: true);
        source.AppendOriginal(text);
        var result = new TextBuffer();
        result.Clear(tracks: true);
        normalizer.Normalize(source.Piece, result);
        Assert.AreEqual(expected, result.Piece.Chars.ToString(), "with offsets");
        int[] offsets = record.TryGetProperty("off", out _)
            ? TokenizerGoldens.Ints(record, "off")
            : [.. Enumerable.Range(0, expected.EnumerateRunes().Count()).SelectMany(i => new[] { i, i + 1 })];
        CollectionAssert.AreEqual(offsets, CodePointRanges(text, result.Piece));
    }

    private static void CheckPreTokenizer(JsonElement record, TextPreTokenizer preTokenizer)
    {
        string text = TokenizerGoldens.Strings[record.GetProperty("i").GetInt32()];
        var source = new TextBuffer();
        source.Clear(tracks: true);
        source.AppendOriginal(text);
        var pieces = new PieceBuffer();
        pieces.Clear(tracks: true);
        if (text.Length > 0)
            preTokenizer.Split(source.Piece, pieces);
        var offsets = new List<int>();
        var texts = new List<string>();
        int[] points = CodePointOfUnit(text);
        for (int i = 0; i < pieces.Count; i++)
        {
            TextPiece piece = pieces[i];
            offsets.AddRange([points[piece.Starts[0]], points[piece.Ends[^1]]]);
            texts.Add(piece.Chars.ToString());
        }

        int[] expected = TokenizerGoldens.Ints(record, "off", []);
        CollectionAssert.AreEqual(expected, offsets.ToArray());
        Rune[] runes = [.. text.EnumerateRunes()];
        string[] expectedTexts = record.TryGetProperty("p", out JsonElement written)
            ? [.. written.EnumerateArray().Select(item => item.GetString()!)]
            : [.. expected.Chunk(2).Select(range => string.Concat(runes[range[0]..range[1]]))];
        CollectionAssert.AreEqual(expectedTexts, texts);
    }

    private static int[] CodePointRanges(string text, TextPiece piece)
    {
        int[] points = CodePointOfUnit(text);
        var ranges = new List<int>();
        for (int i = 0; i < piece.Length; i++)
        {
            if (!char.IsLowSurrogate(piece.Chars[i]))
                ranges.AddRange([points[piece.Starts[i]], points[piece.Ends[i]]]);
        }

        return [.. ranges];
    }

    private static int[] CodePointOfUnit(string text)
    {
        int[] points = new int[text.Length + 1];
        int point = 0;
        for (int i = 0; i < text.Length; i++)
        {
            points[i] = point;
            if (!char.IsHighSurrogate(text[i]))
                point++;
        }

        points[text.Length] = point;
        return points;
    }
}
