namespace Microsoft.ML.Data;

/// <summary>A line, or with line breaks in quotes several, that is neither header nor comment nor empty.</summary>
internal readonly record struct TextLine(long Number, string Text);
