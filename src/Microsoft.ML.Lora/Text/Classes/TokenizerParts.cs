using Microsoft.ML.Lora.Text.Decoders;
using Microsoft.ML.Lora.Text.Normalizers;
using Microsoft.ML.Lora.Text.PostProcessors;
using Microsoft.ML.Lora.Text.PreTokenizers;
using Microsoft.ML.Lora.Text.TokenModels;

namespace Microsoft.ML.Lora.Text.Classes;

/// <summary>The steps of a tokenizer before they are put together.</summary>
/// <param name="Model">Turns a piece of text into tokens.</param>
/// <param name="Normalizer">Rewrites the text first; null = as it is.</param>
/// <param name="PreTokenizer">Cuts the text into pieces; null = one piece.</param>
/// <param name="PostProcessor">Adds special tokens; null = none.</param>
/// <param name="Decoder">Makes text of tokens; null = blanks between them.</param>
/// <param name="IsFile">Whether they are those of a tokenizer.json, and not of a vocabulary or a sentencepiece model.</param>
internal sealed record TokenizerParts(
    TokenModel Model, TextNormalizer? Normalizer = null, TextPreTokenizer? PreTokenizer = null, PostProcessor? PostProcessor = null,
    TokenDecoder? Decoder = null, bool IsFile = false);
