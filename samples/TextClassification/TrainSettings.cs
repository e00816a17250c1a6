namespace TextClassification;

/// <summary>What the command line asks of a training run.</summary>
internal sealed record TrainSettings
{
    public required string DataPath { get; init; }

    /// <summary>Null: a fifth of the data is set aside.</summary>
    public string? TestPath { get; init; }

    public string? LabelColumn { get; init; }

    public string? TextColumn { get; init; }

    public bool HasHeader { get; init; } = true;

    /// <summary>Null: the mini encoder.</summary>
    public string? BaseModelDirectory { get; init; }

    public required int Epochs { get; init; }

    public required double LearningRate { get; init; }

    public required int Rank { get; init; }

    public required int Seed { get; init; }

    public required string SavePath { get; init; }

    /// <summary>Where an interrupted training goes on from.</summary>
    public required string CheckpointDirectory { get; init; }

    /// <summary>The command line's words, to be typed again.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    public bool Verbose { get; init; }
}
