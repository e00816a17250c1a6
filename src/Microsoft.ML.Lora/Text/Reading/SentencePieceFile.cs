using System.Text;

namespace Microsoft.ML.Lora.Text.Reading;

/// <summary>The content of a sentencepiece model (spiece.model, tokenizer.model).</summary>
internal sealed class SentencePieceFile
{
    private static readonly UTF8Encoding s_strict = new(false, throwOnInvalidBytes: true);

    private readonly List<(string Piece, float Score, SentencePieceType Type)> _pieces = [];

    /// <exception cref="LoraFormatException">The file is damaged.</exception>
    public SentencePieceFile(string file, byte[] content)
    {
        File = file;
        var reader = new ProtobufReader(file, content);
        while (reader.Read())
        {
            switch (reader.Field)
            {
                case 1:
                    ReadPiece(new ProtobufReader(file, reader.Bytes, reader.BytesOrigin));
                    break;
                case 2:
                    ReadTrainer(new ProtobufReader(file, reader.Bytes, reader.BytesOrigin));
                    break;
                case 3:
                    ReadNormalizer(new ProtobufReader(file, reader.Bytes, reader.BytesOrigin));
                    break;
                default:
                    break;
            }
        }

        if (_pieces.Count == 0)
            throw new LoraFormatException(file, "is not a sentencepiece model: it has no pieces");
    }

    public string File { get; }

    public IReadOnlyList<(string Piece, float Score, SentencePieceType Type)> Pieces => _pieces;

    /// <summary>BPE; else unigram.</summary>
    public bool IsBpe { get; private set; }

    public bool ByteFallback { get; private set; }

    public bool WhiteSpaceIsSuffix { get; private set; }

    /// <summary>What an unknown piece is decoded to.</summary>
    public string UnknownSurface { get; private set; } = " \u2047 ";

    public byte[] CharacterMap { get; private set; } = [];

    public bool AddDummyPrefix { get; private set; } = true;

    public bool RemoveExtraWhiteSpace { get; private set; } = true;

    public bool EscapeWhiteSpace { get; private set; } = true;

    /// <summary>The id of the piece of the unknown kind.</summary>
    public int UnknownId => _pieces.FindIndex(piece => piece.Type == SentencePieceType.Unknown) is int id and >= 0
        ? id
        : throw new LoraFormatException(File, "has no piece of the unknown kind");

    private string Text(ProtobufReader reader)
    {
        try
        {
            return s_strict.GetString(reader.Bytes);
        }
        catch (DecoderFallbackException e)
        {
            throw new LoraFormatException(File, "has a text that is not UTF-8", offset: reader.BytesOrigin, inner: e);
        }
    }

    private void ReadPiece(ProtobufReader reader)
    {
        (string piece, float score, var type) = ("", 0f, SentencePieceType.Normal);
        while (reader.Read())
        {
            if (reader.Field == 1)
                piece = Text(reader);
            else if (reader.Field == 2)
                score = BitConverter.UInt32BitsToSingle((uint)reader.Number);
            else if (reader.Field == 3)
                type = (SentencePieceType)reader.Number;
        }

        // Every way to cut a piece is looked at, and every place of a text where it may stand.
        const int LongestPiece = 1024;
        if (piece.Length > LongestPiece)
            throw reader.Error($"has a piece of {piece.Length} characters, where {LongestPiece} are the most");
        if (!Enum.IsDefined(type))
            throw reader.Error($"has a piece of the unknown type {(int)type}");
        if (!float.IsFinite(score))
            throw reader.Error($"has a piece with the score {score}");
        _pieces.Add((piece, score, type));
    }

    private void ReadTrainer(ProtobufReader reader)
    {
        while (reader.Read())
        {
            switch (reader.Field)
            {
                case 3:
                    IsBpe = reader.Number switch
                    {
                        1 => false,
                        2 => true,
                        _ => throw new LoraFormatException(
                            File, "has a model type that is not supported", found: $"{reader.Number}", expected: "1 (unigram) or 2 (BPE)"),
                    };
                    break;
                case 24:
                    WhiteSpaceIsSuffix = reader.Number != 0;
                    break;
                case 35:
                    ByteFallback = reader.Number != 0;
                    break;
                case 44:
                    UnknownSurface = Text(reader);
                    break;
                default:
                    break;
            }
        }
    }

    private void ReadNormalizer(ProtobufReader reader)
    {
        while (reader.Read())
        {
            switch (reader.Field)
            {
                case 2:
                    CharacterMap = reader.Bytes.ToArray();
                    break;
                case 3:
                    AddDummyPrefix = reader.Number != 0;
                    break;
                case 4:
                    RemoveExtraWhiteSpace = reader.Number != 0;
                    break;
                case 5:
                    EscapeWhiteSpace = reader.Number != 0;
                    break;
                default:
                    break;
            }
        }
    }
}
