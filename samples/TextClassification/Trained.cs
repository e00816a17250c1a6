using Microsoft.ML;

namespace TextClassification;

/// <summary>A trained model, how good it is on the test data, and how long training took.</summary>
internal sealed record Trained(string Name, ITransformer Model, Evaluation Evaluation, TimeSpan Duration);
