using Microsoft.ML.Lora.Models;

namespace Microsoft.ML.Lora.Estimators;

/// <summary>One reader's way through rows, with one state of the model from beginning to end. For one thread; disposing it gives the model back.</summary>
internal interface IScoringPass : IDisposable
{
    /// <summary>The tokens of the input's current row.</summary>
    /// <param name="truncated">Whether the text was longer than the model takes.</param>
    TokenizedRow Read(out bool truncated);

    /// <summary>Begins to run the model on some rows. The caller waits for them or gives them up before it disposes the pass.</summary>
    IPendingScores Start(IReadOnlyList<TokenizedRow> rows);
}
