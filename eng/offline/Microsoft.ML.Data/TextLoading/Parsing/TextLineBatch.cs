namespace Microsoft.ML.Data;

/// <summary>Some lines of one file.</summary>
/// <param name="Path">The file, where it has a path.</param>
/// <param name="FirstRow">Number of lines before, over all files.</param>
/// <param name="Number">Number of batches before.</param>
/// <param name="Lines">At least one line.</param>
internal sealed record TextLineBatch(string Path, long FirstRow, long Number, List<TextLine> Lines);
