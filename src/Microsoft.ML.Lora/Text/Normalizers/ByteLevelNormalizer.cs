using Microsoft.ML.Lora.Text.Pipeline;
using Microsoft.ML.Lora.Text.Unicode;

namespace Microsoft.ML.Lora.Text.Normalizers;

/// <summary>The bytes of the text's UTF-8 form, each as a visible character.</summary>
internal sealed class ByteLevelNormalizer : TextNormalizer
{
    public override void Normalize(TextPiece source, TextBuffer destination) => ByteAlphabet.Append(source, destination);
}
