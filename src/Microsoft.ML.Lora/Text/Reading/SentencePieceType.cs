namespace Microsoft.ML.Lora.Text.Reading;

/// <summary>Kinds of pieces, numbered as sentencepiece does.</summary>
internal enum SentencePieceType
{
    /// <summary>Found in text.</summary>
    Normal = 1,

    /// <summary>Stands for what is not in the vocabulary.</summary>
    Unknown = 2,

    /// <summary>Never found in text.</summary>
    Control = 3,

    /// <summary>Found in text before anything else, as a whole.</summary>
    UserDefined = 4,

    /// <summary>In the vocabulary but not used.</summary>
    Unused = 5,

    /// <summary>A byte of an unknown character.</summary>
    Byte = 6,
}
