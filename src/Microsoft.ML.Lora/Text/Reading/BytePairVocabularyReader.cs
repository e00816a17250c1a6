using System.Text;
using System.Text.Json;
using Microsoft.ML.Lora.Text.Classes;
using Microsoft.ML.Lora.Text.Pipeline;
using Microsoft.ML.Lora.Text.TokenModels;

namespace Microsoft.ML.Lora.Text.Reading;

/// <summary>Makes GPT-2's or RoBERTa's tokenizer from a vocab.json and a merges.txt, as the transformers library does.</summary>
internal static class BytePairVocabularyReader
{
    public static TokenizerPipeline Read(TokenizerFiles files, WrapperSettings settings)
    {
        string vocabFile = files.Display(TokenizerFiles.VocabJson);
        TokenVocabulary vocabulary;
        using (JsonDocument document = JsonField.Parse(vocabFile, files.Read(TokenizerFiles.VocabJson)!))
            vocabulary = ModelReader.Vocabulary(new JsonField(vocabFile, "", null, document.RootElement));
        MergeTable merges = BpeReader.ReadText(files.Display(TokenizerFiles.Merges), Utf8(files, TokenizerFiles.Merges), vocabulary);

        return settings.Class!.Make(new TokenizerParts(new BpeModel(vocabulary, merges, Gpt2Class.Options)), [], settings);
    }

    private static string Utf8(TokenizerFiles files, string name)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(files.Read(name)!);
        }
        catch (DecoderFallbackException e)
        {
            throw new LoraFormatException(files.Display(name), "is not valid UTF-8", offset: e.Index, inner: e);
        }
    }
}
