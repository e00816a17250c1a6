using Microsoft.ML.Lora.Text.Pipeline;
using Microsoft.ML.Lora.Text.Unicode;

namespace Microsoft.ML.Lora.Text.PreTokenizers;

/// <summary>Cuts where the script changes; kana count as Han, and blanks belong to the script before them. Blanks at the beginning are dropped.</summary>
internal sealed class ScriptSplitter : TextPreTokenizer
{
    private const int Any = 0;
    private const int Han = 42;
    private const int Hiragana = 47;
    private const int Katakana = 55;

    public override void Split(TextPiece source, PieceBuffer destination)
    {
        ReadOnlySpan<char> text = source.Chars;
        int start = -1;
        int last = -1;
        for (int i = 0; i < text.Length;)
        {
            int script = Script(CodePoint.At(text, i, out int length));
            if (script != Any && script != last)
            {
                if (start >= 0)
                    destination.Add(source.Slice(start, i - start));
                start = i;
                last = script;
            }

            i += length;
        }

        if (start >= 0)
            destination.Add(source.Slice(start, text.Length - start));
    }

    private static int Script(int c)
    {
        if (c == ' ')
            return Any;
        int script = UnicodeTables.Instance.Scripts[c];
        return script is Hiragana or Katakana || c == 0x30FC ? Han : script;
    }
}
