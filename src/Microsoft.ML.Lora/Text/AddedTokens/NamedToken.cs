namespace Microsoft.ML.Lora.Text.AddedTokens;

/// <summary>A special token with a role (<c>eos_token</c>) or a name of a model's own (<c>image_token</c>).</summary>
/// <param name="Name">The role or the name.</param>
/// <param name="Token">The token.</param>
// A class: generic code over a structure would be compiled anew for it when a tokenizer is loaded.
internal sealed record NamedToken(string Name, AddedToken Token);
