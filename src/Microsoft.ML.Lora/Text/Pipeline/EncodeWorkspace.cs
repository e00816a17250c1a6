namespace Microsoft.ML.Lora.Text.Pipeline;

/// <summary>The buffers of one encoding. One per thread, so that encoding allocates nothing per token.</summary>
internal sealed class EncodeWorkspace
{
    [ThreadStatic]
    private static EncodeWorkspace? t_current;

    /// <summary>This thread's buffers. Encoding never calls user code, so a second use while one is running cannot happen.</summary>
    public static EncodeWorkspace Current => t_current ??= new EncodeWorkspace();

    /// <summary>Gives back what an unusually long text has made the buffers grow to.</summary>
    public static void ForgetAfter(int textLength)
    {
        const int Usual = 1 << 20;
        if (textLength > Usual)
            t_current = null;
    }

    public PieceBuffer First { get; } = new();

    public PieceBuffer Second { get; } = new();

    public TextBuffer TextA { get; } = new();

    public TextBuffer TextB { get; } = new();

    public TokenList Tokens { get; } = new();

    /// <summary>For models that need several arrays while they tokenize a piece.</summary>
    public ModelScratch Scratch { get; } = new();
}
