using System.Text;
using Microsoft.ML.Lora.Text.Unicode;

namespace Microsoft.ML.Lora.Text.Decoders;

/// <summary>Visible characters become the bytes they stand for; a token with any other character is taken as it is.</summary>
internal sealed class ByteLevelDecoder : TokenDecoder
{
    public override List<string> Decode(List<string> tokens)
    {
        var bytes = new List<byte>();
        foreach (string token in tokens)
        {
            if (token.All(c => ByteAlphabet.ByteOf(c) >= 0))
                bytes.AddRange(token.Select(c => (byte)ByteAlphabet.ByteOf(c)));
            else
                bytes.AddRange(Encoding.UTF8.GetBytes(token));
        }

        return [Encoding.UTF8.GetString([.. bytes])];
    }
}
