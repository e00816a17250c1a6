using Microsoft.ML.Lora.Models;

namespace Microsoft.ML.Lora.Estimators;

/// <summary>A model that scoring lanes can run: one forward pass over some rows.</summary>
internal interface IBatchModel
{
    /// <summary>Whether each row must be computed alone, so that its score does not depend on what else is asked for at the time.</summary>
    bool OneByOne { get; }

    /// <summary>Computes the class probabilities of each row, in the order of <paramref name="rows"/>.</summary>
    float[][] Run(IReadOnlyList<TokenizedRow> rows);
}
