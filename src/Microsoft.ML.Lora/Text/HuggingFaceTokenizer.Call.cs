using Microsoft.ML.Lora.Text.Classes;

namespace Microsoft.ML.Lora.Text;

/// <content>What the transformers library wraps around the tokenizer.</content>
public sealed partial class HuggingFaceTokenizer
{
    /// <summary>The padding token that the files name, else the one of their class; null where there is none.</summary>
    public string? PaddingToken => _settings.PaddingToken;

    /// <summary>The special tokens by their names (<c>cls_token</c> and so on): those that the files name, else those of their class.</summary>
    public IReadOnlyDictionary<string, string> SpecialTokens => _settings.Special(_settings.Class).ToDictionary(item => item.Name, item => item.Token.Content);

    /// <summary>The names of what a model takes of an encoding (<c>input_ids</c> and so on), as the files or their class say.</summary>
    public IReadOnlyList<string> ModelInputNames => _settings.InputNames ?? _settings.Class?.InputNames ?? TokenizerClass.DefaultInputNames;

    /// <summary>Encodes texts or pairs as calling a transformers tokenizer does; what the file says of truncation and padding does not matter.</summary>
    /// <param name="texts">The texts, each with the second text of its pair or null.</param>
    /// <param name="options">The arguments of the call.</param>
    /// <returns>The encodings, each with the index of its text; more than one for a text whose overflow is asked for.</returns>
    /// <exception cref="ArgumentException">Padding is asked for without a padding token that the vocabulary has, or together with a truncation whose length is not
    /// the multiple that is asked for, or the stride is too large.</exception>
    /// <exception cref="InvalidOperationException">As for <see cref="Encode(string, string?, bool)"/>.</exception>
    public IReadOnlyList<(int Text, HuggingFaceEncoding Encoding)> Call(
        IEnumerable<(string Text, string? Pair)> texts, HuggingFaceCallOptions options)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(options);
        bool pads = options.Padding != HuggingFacePaddingMode.None;
        bool truncates = options.Truncate ?? (options.MaxLength is not null && !pads);
        int? maxLength = options.MaxLength ?? (truncates || options.Padding == HuggingFacePaddingMode.MaxLength ? ModelMaxLength : null);
        if (maxLength is null)
        {
            truncates = false;
            pads &= options.Padding != HuggingFacePaddingMode.MaxLength;
        }

        string? token = options.PaddingToken ?? PaddingToken;
        if (pads && token is null)
            throw new ArgumentException("Padding is asked for, and the tokenizer's files name no padding token: give one with PaddingToken.", nameof(options));
        if (pads && truncates && options.PadToMultipleOf is > 0 && maxLength % options.PadToMultipleOf != 0)
        {
            throw new ArgumentException(
                $"The length {maxLength} that texts are shortened to is not a multiple of {options.PadToMultipleOf}, to which they are padded.", nameof(options));
        }

        HuggingFaceTokenizer tokenizer = WithTruncation(
                truncates ? new HuggingFaceTruncation(maxLength!.Value, options.Strategy, options.Stride, TruncationSide) : null)
            .WithPadding(pads
                ? new HuggingFacePadding(
                    options.Padding == HuggingFacePaddingMode.MaxLength ? maxLength : null, options.PaddingSide ?? PaddingSide,
                    options.PadToMultipleOf, PaddingId(token!), 0, token!)
                : null);
        var results = new List<(int, HuggingFaceEncoding)>();
        int index = 0;
        foreach (HuggingFaceEncoding encoding in tokenizer.EncodeBatch(texts, options.AddSpecialTokens))
        {
            results.Add((index, encoding));
            if (options.ReturnOverflowing)
                results.AddRange(encoding.Overflowing.Select(part => (index, part)));
            index++;
        }

        return results;
    }

    /// <summary>As the transformers library has it, a token that the vocabulary lacks is the unknown one.</summary>
    private int PaddingId(string token) =>
        TokenToId(token) ?? (_settings.Token("unk_token", _settings.Class) is { } unknown ? TokenToId(unknown.Content) : null)
        ?? throw new ArgumentException($"The vocabulary has no token '{token}' to pad with, and no unknown token in its place.");

    /// <summary>Removes the blanks before English punctuation and contractions, as <c>clean_up_tokenization_spaces</c> does.</summary>
    /// <param name="text">Decoded text.</param>
    /// <returns>The text without these blanks.</returns>
    public static string CleanUpSpaces(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Replace(" .", ".", StringComparison.Ordinal).Replace(" ?", "?", StringComparison.Ordinal).Replace(" !", "!", StringComparison.Ordinal)
            .Replace(" ,", ",", StringComparison.Ordinal).Replace(" ' ", "'", StringComparison.Ordinal).Replace(" n't", "n't", StringComparison.Ordinal)
            .Replace(" 'm", "'m", StringComparison.Ordinal).Replace(" 's", "'s", StringComparison.Ordinal).Replace(" 've", "'ve", StringComparison.Ordinal)
            .Replace(" 're", "'re", StringComparison.Ordinal);
    }
}
