namespace TextClassification;

/// <summary>A message, its most likely label, and all labels from the most to the least likely.</summary>
internal sealed record Prediction(string Text, string Label, IReadOnlyList<LabelScore> Scores);

/// <summary>The probability of one label.</summary>
internal sealed record LabelScore(string Label, float Score);
