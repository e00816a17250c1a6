using Microsoft.ML.Lora.Models;

namespace Microsoft.ML.Lora.Estimators;

/// <summary>One reader's way through rows, with one state of the model from beginning to end. For one thread; disposing it gives the model back.</summary>
internal interface IScoringPass : IDisposable
{
    /// <summary>The tokens of the input's current row.</summary>
    /// <param name="truncated">Whether the text was longer than the model takes.</param>
    TokenizedRow Read(out bool truncated);

    /// <summary>Runs the model on some rows.</summary>
    /// <returns>The class probabilities of each row, in the order of <paramref name="rows"/>.</returns>
    float[][] Score(IReadOnlyList<TokenizedRow> rows);
}
