using System.Text.Json;
using Microsoft.ML.Lora.Text;
using Microsoft.ML.Lora.Text.Classes;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Text;

/// <summary>What calls of transformers tokenizers give.</summary>
[TestClass]
public sealed class WrapperTests
{
    /// <summary>The last ones choose what is returned; here all is.</summary>
    private static readonly string[] s_arguments =
    [
        "add_special_tokens", "padding", "truncation", "max_length", "stride", "pad_to_multiple_of", "padding_side", "return_overflowing_tokens",
        "return_token_type_ids", "return_attention_mask", "return_special_tokens_mask", "return_offsets_mapping", "return_length", "verbose",
    ];

    private static readonly string[] s_results =
        ["input_ids", "token_type_ids", "attention_mask", "special_tokens_mask", "overflow_to_sample_mapping", "offset_mapping", "length"];

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
                run.Case(label, () => CheckDecode(record, tokenizer));
        }

        run.Finish();
    }

    private static HuggingFaceTokenizer? Load(string name, JsonElement head)
    {
        if (NamedTokenizers.Find(name) is not (string path, var edits))
            return null;

        // The files as a user has them; what the class makes of them is not told.
        List<(string, byte[])> files = [.. TokenizerGoldens.LoadTokenizer(path, edits).Files];
        JsonElement config = head.GetProperty("tokenizer_config");
        if (config.ValueKind == JsonValueKind.Object)
            files.Add(("tokenizer_config.json", System.Text.Encoding.UTF8.GetBytes(config.GetRawText())));
        else if (edits is not null)
            files.AddRange(Directory.GetFiles(Path.GetDirectoryName(path)!, "*.json").Where(file => file != path).Select(file => (Path.GetFileName(file), File.ReadAllBytes(file))));
        return HuggingFaceTokenizer.Load(files);
    }

    private static void CheckHead(JsonElement head, HuggingFaceTokenizer tokenizer)
    {
        Assert.AreEqual(head.GetProperty("len").GetInt32(), tokenizer.VocabularySize, "len");
        Assert.AreEqual(head.GetProperty("padding_side").GetString(), tokenizer.PaddingSide.ToString().ToLowerInvariant());
        Assert.AreEqual(head.GetProperty("truncation_side").GetString(), tokenizer.TruncationSide.ToString().ToLowerInvariant());
        JsonElement longest = head.GetProperty("model_max_length");
        Assert.AreEqual(TokenizerGoldens.Length(longest), tokenizer.ModelMaxLength);
        var special = head.GetProperty("special_tokens_map").EnumerateObject().ToDictionary(token => token.Name, token => token.Value.GetString()!);
        CollectionAssert.AreEqual(special, tokenizer.SpecialTokens.ToDictionary(), "special tokens");
        Assert.AreEqual(special.GetValueOrDefault("pad_token"), tokenizer.PaddingToken);
        CollectionAssert.AreEqual(Texts(head.GetProperty("model_input_names")), tokenizer.ModelInputNames.ToArray(), "input names");
        Assert.AreEqual(head.GetProperty("vocab_size").GetInt32(), tokenizer.Pipeline.Model.VocabularySize, "vocab_size");
        Assert.AreEqual(head.GetProperty("clean_up_tokenization_spaces").GetBoolean(), tokenizer.Settings.CleansUpSpaces);

        // The library's name for a class that takes the file as it is has no rules here.
        string name = head.GetProperty("class").GetString()!;
        Assert.AreEqual(TokenizerClass.Find(name), tokenizer.Settings.Class, name);
        JsonElement differs = head.GetProperty("backend_differs_from_file");
        foreach (JsonProperty part in differs.ValueKind == JsonValueKind.Object ? differs.EnumerateObject() : default)
            RecordedParts.Check(part.Name, part.Value, tokenizer);
    }

    private static void CheckCall(JsonElement record, JsonElement args, HuggingFaceTokenizer tokenizer)
    {
        IReadOnlyList<string> strings = TokenizerGoldens.Strings;
        int[] first = Indexes(record.GetProperty("i"));
        int[]? second = record.TryGetProperty("j", out JsonElement j) ? Indexes(j) : null;

        // A single text with an empty one beside it is no pair there; in a list it is.
        bool isSingle = record.GetProperty("i").ValueKind == JsonValueKind.Number;
        (string, string?)[] texts = [.. first.Select((i, n) => (strings[i], second is null || (isSingle && strings[second[n]].Length == 0) ? null : strings[second[n]]))];
        HuggingFaceCallOptions options = Options(args);
        foreach (JsonProperty argument in args.EnumerateObject())
            Assert.Contains(argument.Name, s_arguments, "an argument that this test does not know");
        if (record.TryGetProperty("default_keys", out JsonElement keys))
            CollectionAssert.AreEqual(Texts(keys), tokenizer.ModelInputNames.ToArray(), "default keys");
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
        foreach (JsonProperty field in expected.EnumerateObject())
            Assert.Contains(field.Name, s_results, "a result that this test does not know");
        bool isList = !isSingle || options.ReturnOverflowing;
        Compare(expected, "input_ids", isList, found, encoding => encoding.Ids);
        Compare(expected, "token_type_ids", isList, found, encoding => encoding.TypeIds);
        Compare(expected, "attention_mask", isList, found, encoding => encoding.AttentionMask.Select(a => a ? 1 : 0));
        Compare(expected, "special_tokens_mask", isList, found, encoding => encoding.SpecialTokensMask.Select(s => s ? 1 : 0));
        if (expected.TryGetProperty("overflow_to_sample_mapping", out JsonElement mapping))
            CollectionAssert.AreEqual(mapping.EnumerateArray().Select(m => m.GetInt32()).ToArray(), found.Select(f => f.Text).ToArray(), "mapping");
        if (expected.TryGetProperty("length", out JsonElement lengths))
            CollectionAssert.AreEqual(Indexes(lengths), found.Select(f => f.Encoding.Count).ToArray(), "length");
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

    private static void CheckDecode(JsonElement record, HuggingFaceTokenizer tokenizer)
    {
        int[] ids = TokenizerGoldens.Ints(record, "ids");
        if (record.TryGetProperty("text", out JsonElement text))
            CollectionAssert.AreEqual(ids, tokenizer.Encode(text.GetString()!).Ids.ToArray(), "ids");
        foreach (bool skip in new[] { true, false })
        {
            string kind = skip ? "skip" : "keep";
            Assert.AreEqual(record.GetProperty(kind + ",plain").GetString(), tokenizer.Decode(ids, skip, cleanUpSpaces: false), kind);
            Assert.AreEqual(record.GetProperty(kind + ",default").GetString(), tokenizer.Decode(ids, skip), $"{kind}, by default");
            Assert.AreEqual(record.GetProperty(kind + ",cleanup").GetString(), tokenizer.Decode(ids, skip, cleanUpSpaces: true), $"{kind}, cleaned");
        }
    }

    private static HuggingFaceCallOptions Options(JsonElement args)
    {
        bool? truncate = null;
        var strategy = HuggingFaceTruncationStrategy.LongestFirst;
        if (args.TryGetProperty("truncation", out JsonElement truncation))
        {
            truncate = truncation.ValueKind == JsonValueKind.Null ? null : truncation.ValueKind == JsonValueKind.True
                || (truncation.ValueKind == JsonValueKind.String && truncation.GetString() != "do_not_truncate");
            if (truncation.ValueKind == JsonValueKind.String && truncate == true)
            {
                strategy = truncation.GetString() switch
                {
                    "only_first" => HuggingFaceTruncationStrategy.OnlyFirst,
                    "only_second" => HuggingFaceTruncationStrategy.OnlySecond,
                    "longest_first" => HuggingFaceTruncationStrategy.LongestFirst,
                    _ => throw new AssertFailedException($"truncation={truncation} is not known to this test."),
                };
            }
        }

        var padding = HuggingFacePaddingMode.None;
        if (args.TryGetProperty("padding", out JsonElement pad))
        {
            padding = pad.ValueKind == JsonValueKind.True || pad.ToString() == "longest" ? HuggingFacePaddingMode.Longest
                : pad.ToString() == "max_length" ? HuggingFacePaddingMode.MaxLength
                : pad.ValueKind == JsonValueKind.False || pad.ToString() == "do_not_pad" ? HuggingFacePaddingMode.None
                : throw new AssertFailedException($"padding={pad} is not known to this test.");

            // Only where padding is not spoken of, or is False, does a length alone shorten.
            if (pad.ValueKind != JsonValueKind.False)
                truncate ??= false;
        }

        return new HuggingFaceCallOptions
        {
            AddSpecialTokens = !args.TryGetProperty("add_special_tokens", out JsonElement add) || add.GetBoolean(),
            Truncate = truncate,
            Strategy = strategy,
            MaxLength = Number(args, "max_length"),
            Stride = Number(args, "stride") ?? 0,
            Padding = padding,
            PadToMultipleOf = Number(args, "pad_to_multiple_of"),
            PaddingSide = args.TryGetProperty("padding_side", out JsonElement side) && side.ValueKind == JsonValueKind.String ? side.GetString() == "left" ? HuggingFaceSide.Left : HuggingFaceSide.Right : null,
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

    private static int? Number(JsonElement args, string name) =>
        args.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetInt32() : null;

    private static string[] Texts(JsonElement list) => [.. list.EnumerateArray().Select(item => item.GetString()!)];

    private static int[] Indexes(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(i => i.GetInt32())] : [value.GetInt32()];

    private static int CodePoints(string text, int units) => text.AsSpan(0, units).ToString().EnumerateRunes().Count();
}
