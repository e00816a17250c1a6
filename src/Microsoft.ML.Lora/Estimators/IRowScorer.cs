using Microsoft.ML.Lora.Models;

namespace Microsoft.ML.Lora.Estimators;

/// <summary>Turns texts into tokens and tokens into class probabilities; safe for any number of threads.</summary>
internal interface IRowScorer
{
    /// <summary>Number of scores per row.</summary>
    int ClassCount { get; }

    /// <summary>Tokenises one row.</summary>
    /// <param name="sentence1">The text.</param>
    /// <param name="sentence2">The second text, for a classifier of pairs.</param>
    /// <param name="truncated">Whether the text was longer than the model takes.</param>
    TokenizedRow Encode(ReadOnlyMemory<char> sentence1, ReadOnlyMemory<char> sentence2, out bool truncated);

    /// <summary>Runs the model on some rows.</summary>
    /// <returns>One array of <see cref="ClassCount"/> probabilities per row, in the order of <paramref name="rows"/>.</returns>
    float[][] Score(IReadOnlyList<TokenizedRow> rows);
}
