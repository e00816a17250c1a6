using System.Text;
using System.Text.Json;
using Microsoft.ML.Lora.Text.AddedTokens;
using Microsoft.ML.Lora.Text.Decoders;
using Microsoft.ML.Lora.Text.Pipeline;
using Microsoft.ML.Lora.Text.PostProcessors;
using Microsoft.ML.Lora.Text.PreTokenizers;
using Microsoft.ML.Lora.Text.TokenModels;

namespace Microsoft.ML.Lora.Text.Reading;

/// <summary>Makes GPT-2's or RoBERTa's tokenizer from a vocab.json and a merges.txt, as the transformers library does.</summary>
internal static class BytePairVocabularyReader
{
    private static readonly string[] s_classes = ["GPT2Tokenizer", "RobertaTokenizer"];

    public static bool Makes(string? className) => s_classes.Contains(className);

    public static TokenizerPipeline Read(TokenizerFiles files, WrapperSettings settings)
    {
        string vocabFile = files.Display(TokenizerFiles.VocabJson);
        TokenVocabulary vocabulary;
        using (JsonDocument document = JsonField.Parse(vocabFile, files.Read(TokenizerFiles.VocabJson)!))
            vocabulary = ModelReader.Vocabulary(new JsonField(vocabFile, "", null, document.RootElement));
        MergeTable merges = BpeReader.ReadText(files.Display(TokenizerFiles.Merges), Utf8(files, TokenizerFiles.Merges), vocabulary);

        // Bytes all have a token, so that there is nothing unknown.
        var model = new BpeModel(vocabulary, merges, new BpeOptions(null, null, null, false, false, false, false));
        bool isRoberta = settings.ClassName == "RobertaTokenizer";
        bool addPrefixSpace = settings.AddPrefixSpace ?? false;
        AddedToken[] special = isRoberta
            ?
            [
                Special("bos_token", "<s>"), Special("eos_token", "</s>"), Special("unk_token", "<unk>"), Special("sep_token", "</s>"),
                Special("pad_token", "<pad>"), Special("cls_token", "<s>"),
                settings.Special.GetValueOrDefault("mask_token") ?? AddedToken.SpecialOf("<mask>") with { LStrip = true },
            ]
            : [Special("bos_token", "<|endoftext|>"), Special("eos_token", "<|endoftext|>"), Special("unk_token", "<|endoftext|>")];
        var added = new AddedVocabulary(settings.TokensOver(special), model, null);
        PostProcessor processor = isRoberta
            ? new RobertaPostProcessor(
                special[3].Content, Id(special[3]), special[5].Content, Id(special[5]), trimOffsets: true, addPrefixSpace)
            : new ByteLevelPostProcessor(trimOffsets: false, addPrefixSpace: true);
        return new TokenizerPipeline(
            null, new ByteLevelPreTokenizer(addPrefixSpace, useRegex: true), model, processor, new ByteLevelDecoder(), added);

        AddedToken Special(string role, string otherwise) => settings.Special.GetValueOrDefault(role) ?? AddedToken.SpecialOf(otherwise);

        int Id(AddedToken token) => added.TryGetId(token.Content, out int id) ? id : 0;
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
