using Microsoft.ML.Lora.Text.Pipeline;
using Microsoft.ML.Lora.Text.Unicode;

namespace Microsoft.ML.Lora.Text.Normalizers;

/// <summary>NFC, NFD, NFKC and NFKD.</summary>
internal sealed class UnicodeFormNormalizer(bool compatibility, bool compose) : TextNormalizer
{
    public override void Normalize(TextPiece source, TextBuffer destination) =>
        UnicodeNormalizer.Normalize(source, destination, compatibility, compose);
}
