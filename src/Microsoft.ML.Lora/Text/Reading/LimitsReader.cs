namespace Microsoft.ML.Lora.Text.Reading;

/// <summary>Reads the <c>truncation</c> and <c>padding</c> parts of a tokenizer.json.</summary>
internal static class LimitsReader
{
    public static HuggingFaceTruncation ReadTruncation(JsonField field)
    {
        JsonField strategy = field.Required("strategy");
        return new HuggingFaceTruncation(
            field.Required("max_length").AsCount(),
            strategy.AsString() switch
            {
                "LongestFirst" => HuggingFaceTruncationStrategy.LongestFirst,
                "OnlyFirst" => HuggingFaceTruncationStrategy.OnlyFirst,
                "OnlySecond" => HuggingFaceTruncationStrategy.OnlySecond,
                _ => throw strategy.Wrong("'LongestFirst', 'OnlyFirst' or 'OnlySecond'"),
            },
            field.Required("stride").AsCount(),
            field.Optional("direction") is JsonField direction ? ReadSide(direction) : HuggingFaceSide.Right);
    }

    public static HuggingFacePadding ReadPadding(JsonField field)
    {
        JsonField strategy = field.Required("strategy");
        int? length;
        if (strategy.IsObject)
        {
            JsonField only = strategy.OnlyMember("'BatchLongest' or {\"Fixed\": length}");
            length = only.Name == "Fixed" ? only.AsCount() : throw strategy.Wrong("'BatchLongest' or {\"Fixed\": length}");
        }
        else
            length = strategy.AsString() == "BatchLongest" ? null : throw strategy.Wrong("'BatchLongest' or {\"Fixed\": length}");
        const int MostPadding = 1 << 20;
        if (length > MostPadding)
            throw strategy.Wrong($"a length of at most {MostPadding}");
        int? multiple = field.Optional("pad_to_multiple_of")?.AsCount();
        if (multiple > MostPadding)
            throw field.Required("pad_to_multiple_of").Wrong($"at most {MostPadding}");
        return new HuggingFacePadding(
            length, ReadSide(field.Required("direction")), multiple, field.Required("pad_id").AsCount(), field.Required("pad_type_id").AsCount(),
            field.Required("pad_token").AsString());
    }

    private static HuggingFaceSide ReadSide(JsonField field) => field.AsString() switch
    {
        "Left" => HuggingFaceSide.Left,
        "Right" => HuggingFaceSide.Right,
        _ => throw field.Wrong("'Left' or 'Right'"),
    };
}
