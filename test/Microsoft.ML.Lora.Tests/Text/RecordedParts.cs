using System.Text.Json;
using Microsoft.ML.Lora.Text;
using Microsoft.ML.Lora.Text.Pipeline;
using Microsoft.ML.Lora.Text.Reading;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Text;

/// <summary>Steps of tokenizers as records have them, in the form of a tokenizer.json.</summary>
internal static class RecordedParts
{
    /// <summary>A tokenizer must do with the recorded step what it does with its own, on every string.</summary>
    /// <param name="name">Which step: <c>normalizer</c>, <c>pre_tokenizer</c>, <c>post_processor</c>, <c>decoder</c> or <c>model</c> (without vocabulary).</param>
    /// <param name="part">The step; null = none.</param>
    /// <param name="tokenizer">The tokenizer.</param>
    public static void Check(string name, JsonElement part, HuggingFaceTokenizer tokenizer)
    {
        TokenizerPipeline own = tokenizer.Pipeline;
        if (name == "model")
        {
            CheckModel(part, own);
            return;
        }

        JsonField? field = part.ValueKind == JsonValueKind.Null ? null : new JsonField("record", "", name, part);
        TokenizerPipeline recorded = new(
            name != "normalizer" ? own.Normalizer : field is null ? null : NormalizerReader.Read(field),
            name != "pre_tokenizer" ? own.PreTokenizer : field is null ? null : PreTokenizerReader.Read(field),
            own.Model,
            name != "post_processor" ? own.PostProcessor : field is null ? null : PostProcessorReader.Read(field),
            name != "decoder" ? own.Decoder : field is null ? null : DecoderReader.Read(field),
            own.Added);
        CollectionAssert.Contains(new[] { "normalizer", "pre_tokenizer", "post_processor", "decoder" }, name, "a step that this test does not know");
        string before = "";
        foreach (string text in TokenizerGoldens.Strings)
        {
            foreach (string? pair in new[] { null, before })
            {
                HuggingFaceEncoding expected = Encode(recorded, text, pair);
                Assert.AreEqual(TokenizerGoldens.Describe(expected, true, []), TokenizerGoldens.Describe(Encode(own, text, pair), true, []), name);
                Assert.AreEqual(recorded.Decode(expected.Ids, false), own.Decode(expected.Ids, false), name);
            }

            before = text;
        }
    }

    private static HuggingFaceEncoding Encode(TokenizerPipeline pipeline, string text, string? pair)
    {
        HuggingFaceEncoding first = pipeline.Encode(text, 0);
        first.Source = text;
        HuggingFaceEncoding? second = pair is null ? null : pipeline.Encode(pair, 1);
        if (second is not null)
            second.Source = pair!;
        return pipeline.Finish(first, second, addSpecialTokens: true, truncation: null);
    }

    /// <summary>The switches of a model, of which the record leaves out the vocabulary.</summary>
    private static void CheckModel(JsonElement part, TokenizerPipeline own)
    {
        if (part.ValueKind == JsonValueKind.Null)
            return;
        string json = part.GetRawText();
        string vocabulary = JsonSerializer.Serialize(own.Model.Vocabulary.ToDictionary());
        using JsonDocument whole = JsonDocument.Parse($"{json[..json.LastIndexOf('}')]},\"vocab\":{vocabulary}}}");
        var recorded = new TokenizerPipeline(
            own.Normalizer, own.PreTokenizer, ModelReader.Read(new JsonField("record", "", "model", whole.RootElement)), own.PostProcessor, own.Decoder, own.Added);
        foreach (string text in TokenizerGoldens.Strings.Append(new string('a', 100)).Append(new string('a', 101)))
            Assert.AreEqual(TokenizerGoldens.Describe(Encode(recorded, text, null), true, []), TokenizerGoldens.Describe(Encode(own, text, null), true, []), "model");
    }
}
