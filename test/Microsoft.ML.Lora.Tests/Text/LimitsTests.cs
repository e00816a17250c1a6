using System.Text.Json;
using Microsoft.ML.Lora.Text;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Text;

/// <summary>Truncation with stride and overflow, and padding, set by call.</summary>
[TestClass]
public sealed class LimitsTests
{
    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public void TruncationAndPaddingGiveTheRecords()
    {
        var run = new GoldenRun(TestContext, "truncation and padding");
        string path = TokenizerGoldens.Folder("truncation.json.gz");
        if (!File.Exists(path))
            Assert.Inconclusive($"'{path}' is not in this selection.");
        int at = 0;
        foreach (JsonElement record in TokenizerGoldens.ReadJson(path).GetProperty("cases").EnumerateArray())
        {
            string name = $"case {at++}";
            if (NamedTokenizers.Load(record.GetProperty("tok").GetString()!) is HuggingFaceTokenizer tokenizer)
                run.Case(name, () => Check(record, tokenizer));
            else
                run.LeaveOut(name, $"the tokenizer '{record.GetProperty("tok")}' is not in this selection");
        }

        run.Finish();
    }

    [TestMethod]
    public void LongestFirstShortensTheLongerText()
    {
        Assert.AreEqual((3, 4), EncodingTruncation.LongestFirst(3, 9, 7));
        Assert.AreEqual((4, 3), EncodingTruncation.LongestFirst(9, 3, 7));
        Assert.AreEqual((3, 4), EncodingTruncation.LongestFirst(9, 9, 7));
    }

    private static void Check(JsonElement record, HuggingFaceTokenizer tokenizer)
    {
        IReadOnlyList<string> strings = TokenizerGoldens.Strings;
        if (record.TryGetProperty("max_length", out _))
        {
            HuggingFaceTokenizer plain = tokenizer;
            if (record.TryGetProperty("err", out JsonElement error) && error[0].GetString() == "ValueError")
            {
                Assert.ThrowsExactly<ArgumentException>(() => plain.WithTruncation(Truncation(record)));
                return;
            }

            tokenizer = tokenizer.WithTruncation(Truncation(record));
        }

        if (record.TryGetProperty("pad", out JsonElement pad))
        {
            tokenizer = tokenizer.WithPadding(new HuggingFacePadding(
                NullableInt(pad, "length"), pad.GetProperty("direction").GetString() == "left" ? HuggingFaceSide.Left : HuggingFaceSide.Right,
                NullableInt(pad, "pad_to_multiple_of"), pad.GetProperty("pad_id").GetInt32(), pad.GetProperty("pad_type_id").GetInt32(),
                pad.GetProperty("pad_token").GetString()!));
        }

        if (record.TryGetProperty("batch", out JsonElement batch))
        {
            (string, string?)[] texts = [.. batch.EnumerateArray().Select(i => i.ValueKind == JsonValueKind.Array
                ? (strings[i[0].GetInt32()], (string?)strings[i[1].GetInt32()])
                : (strings[i.GetInt32()], null))];
            if (Refused(record, () => tokenizer.EncodeBatch(texts)))
                return;
            IReadOnlyList<HuggingFaceEncoding> found = tokenizer.EncodeBatch(texts);
            int row = 0;
            foreach (JsonElement expected in record.GetProperty("rows").EnumerateArray())
                Compare(expected, found[row++], tokenizer);
            Assert.HasCount(row, found);
            return;
        }

        string text = strings[record.GetProperty("i").GetInt32()];
        string? pair = record.TryGetProperty("j", out JsonElement j) ? strings[j.GetInt32()] : null;
        if (!Refused(record, () => tokenizer.Encode(text, pair)))
            Compare(record.GetProperty("out"), tokenizer.Encode(text, pair), tokenizer);
    }

    private static HuggingFaceTruncation Truncation(JsonElement record) => new(
        record.GetProperty("max_length").GetInt32(),
        record.GetProperty("strategy").GetString() switch
        {
            "longest_first" => HuggingFaceTruncationStrategy.LongestFirst,
            "only_first" => HuggingFaceTruncationStrategy.OnlyFirst,
            _ => HuggingFaceTruncationStrategy.OnlySecond,
        },
        record.GetProperty("stride").GetInt32(),
        record.GetProperty("direction").GetString() == "left" ? HuggingFaceSide.Left : HuggingFaceSide.Right);

    private static bool Refused(JsonElement record, Action encode)
    {
        if (!record.TryGetProperty("err", out _))
            return false;
        Assert.ThrowsExactly<InvalidOperationException>(encode);
        return true;
    }

    private static int? NullableInt(JsonElement record, string name) =>
        record.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetInt32() : null;

    private static void Compare(JsonElement expected, HuggingFaceEncoding found, HuggingFaceTokenizer tokenizer)
    {
        bool sequences = expected.TryGetProperty("sq", out _);
        Assert.AreEqual(TokenizerGoldens.Describe(expected, sequences, tokenizer), TokenizerGoldens.Describe(found, sequences, []));
    }
}
