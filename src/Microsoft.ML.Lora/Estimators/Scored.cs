using Microsoft.ML.Lora.Models;

namespace Microsoft.ML.Lora.Estimators;

/// <summary>A row and what came of it.</summary>
/// <param name="Row">The tokens.</param>
/// <param name="Scores">The probability of each class.</param>
internal readonly record struct Scored(TokenizedRow Row, float[] Scores);
