using System.Text.Json;
using Microsoft.ML.Lora.Text;
using Microsoft.ML.Lora.Text.TokenModels;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Text;

/// <summary>What calls of transformers tokenizers give.</summary>
[TestClass]
public sealed class WrapperTests
{
    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public void CallsGiveTheRecords()
    {
        var run = new GoldenRun(TestContext, "transformers calls");
        string path = TokenizerGoldens.Folder("wrapper.json.gz");
        if (!File.Exists(path))
            Assert.Inconclusive($"'{path}' is not in this selection.");
        JsonElement file = TokenizerGoldens.ReadJson(path);
        var tokenizers = new Dictionary<string, HuggingFaceTokenizer?>();
        int at = 0;
        foreach (JsonElement record in file.GetProperty("cases").EnumerateArray())
        {
            string name = record.GetProperty("tok").GetString()!;
            JsonElement head = file.GetProperty("tokenizers").GetProperty(name);
            if (!tokenizers.TryGetValue(name, out HuggingFaceTokenizer? tokenizer))
            {
                tokenizers.Add(name, tokenizer = Load(name, head));
                if (tokenizer is not null)
                    run.Case(name, () => CheckHead(head, tokenizer));
            }

            string label = $"{name} case {at++}";
            if (tokenizer is null)
                run.LeaveOut(label, "the tokenizer is not in this selection");
            else if (record.TryGetProperty("args", out JsonElement args))
                run.Case(label, () => CheckCall(record, args, tokenizer));
            else
                run.Case(label, () => CheckDecode(record, head, tokenizer));
        }

        run.Finish();
    }

    private static HuggingFaceTokenizer? Load(string name, JsonElement head)
    {
        string record = TokenizerGoldens.Folder("real", name + ".json.gz");
        if (!File.Exists(record))
            return null;
        JsonElement real = TokenizerGoldens.ReadJson(record);
        if (TokenizerGoldens.Locate(real.GetProperty("tokenizer").GetString()!) is not string path)
            return null;

        // The files as a user has them; what the class makes of them is not told.
        List<(string, byte[])> files = [.. TokenizerGoldens.LoadTokenizer(path, real.GetProperty("edits")).Files];
        JsonElement config = head.GetProperty("tokenizer_config");
        if (config.ValueKind == JsonValueKind.Object)
            files.Add(("tokenizer_config.json", System.Text.Encoding.UTF8.GetBytes(config.GetRawText())));
        else
            files.AddRange(Directory.GetFiles(Path.GetDirectoryName(path)!, "*.json").Where(file => file != path).Select(file => (Path.GetFileName(file), File.ReadAllBytes(file))));
        return HuggingFaceTokenizer.Load(files);
    }

    private static void CheckHead(JsonElement head, HuggingFaceTokenizer tokenizer)
    {
        Assert.AreEqual(head.GetProperty("len").GetInt32(), tokenizer.VocabularySize, "len");
        Assert.AreEqual(head.GetProperty("padding_side").GetString(), tokenizer.PaddingSide.ToString().ToLowerInvariant());
        Assert.AreEqual(head.GetProperty("truncation_side").GetString(), tokenizer.TruncationSide.ToString().ToLowerInvariant());
        JsonElement longest = head.GetProperty("model_max_length");
        Assert.AreEqual(longest.ValueKind == JsonValueKind.Number ? longest.GetInt32() : null, tokenizer.ModelMaxLength);
        string? padding = head.GetProperty("special_tokens_map").TryGetProperty("pad_token", out JsonElement token) ? token.GetString() : null;
        Assert.AreEqual(padding, tokenizer.PaddingToken);
    }

    private static void CheckCall(JsonElement record, JsonElement args, HuggingFaceTokenizer tokenizer)
    {
        IReadOnlyList<string> strings = TokenizerGoldens.Strings;
        int[] first = Indexes(record.GetProperty("i"));
        int[]? second = record.TryGetProperty("j", out JsonElement j) ? Indexes(j) : null;
        (string, string?)[] texts = [.. first.Select((i, n) => (strings[i], second is null ? null : strings[second[n]]))];
        HuggingFaceCallOptions options = Options(args);
        if (record.TryGetProperty("err", out JsonElement error))
        {
            if (error[0].GetString() == "ValueError")
                Assert.ThrowsExactly<ArgumentException>(() => tokenizer.Call(texts, options));
            else
                Assert.ThrowsExactly<InvalidOperationException>(() => tokenizer.Call(texts, options));
            return;
        }

        IReadOnlyList<(int Text, HuggingFaceEncoding Encoding)> found = tokenizer.Call(texts, options);
        JsonElement expected = record.GetProperty("out");
        bool isList = expected.GetProperty("input_ids")[0].ValueKind == JsonValueKind.Array || expected.GetProperty("input_ids").GetArrayLength() == 0;
        Compare(expected, "input_ids", isList, found, encoding => encoding.Ids);
        Compare(expected, "token_type_ids", isList, found, encoding => encoding.TypeIds);
        Compare(expected, "attention_mask", isList, found, encoding => encoding.AttentionMask.Select(a => a ? 1 : 0));
        Compare(expected, "special_tokens_mask", isList, found, encoding => encoding.SpecialTokensMask.Select(s => s ? 1 : 0));
        if (expected.TryGetProperty("overflow_to_sample_mapping", out JsonElement mapping))
            CollectionAssert.AreEqual(mapping.EnumerateArray().Select(m => m.GetInt32()).ToArray(), found.Select(f => f.Text).ToArray(), "mapping");
        Compare(expected, "offset_mapping", isList, found, encoding =>
        {
            IReadOnlyList<int> sequences = encoding.GetSequenceIds();
            int row = found.First(f => ReferenceEquals(f.Encoding, encoding)).Text;
            return encoding.Offsets.SelectMany((offset, t) =>
            {
                string text = sequences[t] == 1 ? texts[row].Item2! : texts[row].Item1;
                return new[] { CodePoints(text, offset.Start), CodePoints(text, offset.End) };
            });
        });
    }

    private static void CheckDecode(JsonElement record, JsonElement head, HuggingFaceTokenizer tokenizer)
    {
        int[] ids = TokenizerGoldens.Ints(record, "ids");
        foreach (bool skip in new[] { true, false })
        {
            string kind = skip ? "skip" : "keep";
            string text = tokenizer.Decode(ids, skip);
            Assert.AreEqual(record.GetProperty(kind + ",plain").GetString(), text, kind);
            bool cleans = head.GetProperty("clean_up_tokenization_spaces").GetBoolean();
            Assert.AreEqual(record.GetProperty(kind + ",default").GetString(), cleans ? HuggingFaceTokenizer.CleanUpSpaces(text) : text, kind);

            // That library leaves what byte-pair encoding gives as it is.
            string cleaned = tokenizer.Pipeline.Model is BpeModel ? text : HuggingFaceTokenizer.CleanUpSpaces(text);
            Assert.AreEqual(record.GetProperty(kind + ",cleanup").GetString(), cleaned, $"{kind}, cleaned");
        }
    }

    private static HuggingFaceCallOptions Options(JsonElement args)
    {
        bool? truncate = null;
        var strategy = HuggingFaceTruncationStrategy.LongestFirst;
        if (args.TryGetProperty("truncation", out JsonElement truncation))
        {
            truncate = truncation.ValueKind == JsonValueKind.True
                || (truncation.ValueKind == JsonValueKind.String && truncation.GetString() != "do_not_truncate");
            if (truncation.ValueKind == JsonValueKind.String && truncate.Value)
            {
                strategy = truncation.GetString() switch
                {
                    "only_first" => HuggingFaceTruncationStrategy.OnlyFirst,
                    "only_second" => HuggingFaceTruncationStrategy.OnlySecond,
                    _ => HuggingFaceTruncationStrategy.LongestFirst,
                };
            }
        }

        var padding = HuggingFacePaddingMode.None;
        if (args.TryGetProperty("padding", out JsonElement pad))
        {
            padding = pad.ValueKind == JsonValueKind.True || pad.ToString() == "longest" ? HuggingFacePaddingMode.Longest
                : pad.ToString() == "max_length" ? HuggingFacePaddingMode.MaxLength
                : HuggingFacePaddingMode.None;
        }

        return new HuggingFaceCallOptions
        {
            AddSpecialTokens = !args.TryGetProperty("add_special_tokens", out JsonElement add) || add.GetBoolean(),
            Truncate = truncate,
            Strategy = strategy,
            MaxLength = args.TryGetProperty("max_length", out JsonElement length) ? length.GetInt32() : null,
            Stride = args.TryGetProperty("stride", out JsonElement stride) ? stride.GetInt32() : 0,
            Padding = padding,
            PadToMultipleOf = args.TryGetProperty("pad_to_multiple_of", out JsonElement multiple) ? multiple.GetInt32() : null,
            PaddingSide = args.TryGetProperty("padding_side", out JsonElement side) ? side.GetString() == "left" ? HuggingFaceSide.Left : HuggingFaceSide.Right : null,
            ReturnOverflowing = args.TryGetProperty("return_overflowing_tokens", out JsonElement overflow) && overflow.GetBoolean(),
        };
    }

    private static void Compare(
        JsonElement expected, string name, bool isList, IReadOnlyList<(int Text, HuggingFaceEncoding Encoding)> found,
        Func<HuggingFaceEncoding, IEnumerable<int>> values)
    {
        if (!expected.TryGetProperty(name, out JsonElement written))
            return;
        JsonElement[] rows = isList ? [.. written.EnumerateArray()] : [written];
        Assert.HasCount(rows.Length, found, name);
        for (int i = 0; i < rows.Length; i++)
            CollectionAssert.AreEqual(rows[i].EnumerateArray().Select(v => v.GetInt32()).ToArray(), values(found[i].Encoding).ToArray(), $"{name} {i}");
    }

    private static int[] Indexes(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(i => i.GetInt32())] : [value.GetInt32()];

    private static int CodePoints(string text, int units) => text.AsSpan(0, units).ToString().EnumerateRunes().Count();
}
