using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>The names of an output column and of the input column it is made from.</summary>
public sealed class InputOutputColumnPair
{
    public InputOutputColumnPair(string outputColumnName, string inputColumnName = null)
    {
        Contracts.CheckNonEmpty(outputColumnName, nameof(outputColumnName));
        InputColumnName = inputColumnName ?? outputColumnName;
        OutputColumnName = outputColumnName;
    }

    public string InputColumnName { get; }

    public string OutputColumnName { get; }

    internal static (string, string)[] ToTuples(InputOutputColumnPair[] columns)
        => Array.ConvertAll(columns, column => (column.OutputColumnName, column.InputColumnName));
}
