namespace Microsoft.ML.Lora.Training;

/// <summary>The form of a rise or fall of the learning rate.</summary>
internal enum RampShape
{
    Linear,
    Cosine,

    /// <summary>One minus a square root: fast at the top.</summary>
    OneMinusSquareRoot,
}
