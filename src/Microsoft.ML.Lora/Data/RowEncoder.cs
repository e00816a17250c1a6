using System.Globalization;
using Microsoft.ML.Lora.Models;
using Microsoft.ML.Lora.Text;

namespace Microsoft.ML.Lora.Data;

/// <summary>Turns the texts of a row into tokens for one base model. Safe for any number of threads.</summary>
internal sealed class RowEncoder
{
    private readonly TextEncoder _encoder;

    /// <param name="tokenizer">The base model's tokenizer.</param>
    /// <param name="maxLength">Tokens of the longest row, special tokens included.</param>
    public RowEncoder(HuggingFaceTokenizer tokenizer, int maxLength)
    {
        Tokenizer = tokenizer;
        _encoder = new TextEncoder(tokenizer, maxLength);
    }

    public HuggingFaceTokenizer Tokenizer { get; }

    public int MaxLength => _encoder.MaxLength;

    /// <summary>Checks that tokenizer, model and limit belong together.</summary>
    /// <param name="tokenizer">The base model's tokenizer.</param>
    /// <param name="model">The base model.</param>
    /// <param name="maxLength">The limit asked for; null for what model and tokenizer take.</param>
    /// <exception cref="ArgumentException">The limit is above what the model takes.</exception>
    /// <exception cref="LoraFormatException">The tokenizer has tokens that the model has no embedding for, or their own limits leave no room for text.</exception>
    public static RowEncoder Create(HuggingFaceTokenizer tokenizer, ModelConfig model, int? maxLength)
    {
        if (tokenizer.VocabularySize > model.VocabSize)
        {
            throw new LoraFormatException(string.Create(CultureInfo.InvariantCulture,
                $"The tokenizer has {tokenizer.VocabularySize} tokens, but the model has embeddings for {model.VocabSize} only: they do not belong together."));
        }

        if (maxLength > model.MaxPositions)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                $"MaxLength is {maxLength}; the base model takes {model.MaxPositions} tokens at most."), nameof(maxLength));
        }

        int length = maxLength ?? Math.Min(model.MaxPositions, tokenizer.ModelMaxLength ?? int.MaxValue);
        if (maxLength is null && length <= tokenizer.PairSpecialTokens)
        {
            throw new LoraFormatException(string.Create(CultureInfo.InvariantCulture,
                $"The base model takes {length} tokens at most (max_position_embeddings {model.MaxPositions}, model_max_length {tokenizer.ModelMaxLength}), and its tokenizer adds {tokenizer.PairSpecialTokens} special tokens to a pair of texts: nothing is left for text."));
        }

        return new RowEncoder(tokenizer, length);
    }

    /// <summary>The tokens of a row; at least one.</summary>
    public TokenizedText Encode(ReadOnlyMemory<char> sentence1, ReadOnlyMemory<char>? sentence2)
    {
        TokenizedText text = _encoder.Encode(sentence1.ToString(), sentence2?.ToString());
        if (text.Ids.Length > 0)
            return text;

        // A tokenizer without special tokens makes nothing of an empty text, and a model cannot run on nothing.
        return text with { Ids = [Tokenizer.TokenToId("[PAD]") ?? Tokenizer.TokenToId("<pad>") ?? 0], TypeIds = null };
    }
}
