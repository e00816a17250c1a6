namespace Microsoft.ML.Lora.Text.Pipeline;

/// <summary>A token of a piece.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Start">First UTF-16 unit of the piece.</param>
/// <param name="End">The unit after the last.</param>
/// <param name="ShowsSource">Its text is the piece's own, not the vocabulary's (unknown pieces of Unigram models).</param>
internal record struct Token(int Id, int Start, int End, bool ShowsSource);
