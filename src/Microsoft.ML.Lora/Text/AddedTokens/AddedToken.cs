namespace Microsoft.ML.Lora.Text.AddedTokens;

/// <summary>A token that is found in the text before the model sees it.</summary>
/// <param name="Content">Its text.</param>
/// <param name="SingleWord">Only where no word character stands beside it.</param>
/// <param name="LStrip">Takes the white space before it.</param>
/// <param name="RStrip">Takes the white space after it.</param>
/// <param name="Normalized">Is looked for in normalized text, in its normalized form.</param>
/// <param name="Special">Is left out when decoding skips special tokens.</param>
internal sealed record AddedToken(string Content, bool SingleWord, bool LStrip, bool RStrip, bool Normalized, bool Special)
{
    /// <summary>A special token with the usual flags.</summary>
    public static AddedToken SpecialOf(string content) => new(content, false, false, false, false, true);
}
