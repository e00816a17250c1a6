namespace Microsoft.ML;

/// <summary>The signature of classes that load themselves from a model.</summary>
internal delegate void SignatureLoadModel(ModelLoadContext ctx);
