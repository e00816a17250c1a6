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

    public int Epochs { get; init; } = 15;

    public double LearningRate { get; init; } = 1e-3;

    public int Rank { get; init; } = 8;

    public int Seed { get; init; } = 1;

    public string SavePath { get; init; } = "IntentModel.zip";

    public bool Verbose { get; init; }
}
