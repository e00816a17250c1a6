using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>How often each class was taken for each class.</summary>
public sealed class ConfusionMatrix
{
    private readonly bool _isBinary;
    private readonly string[] _names;
    private string _table;

    internal ConfusionMatrix(double[][] counts, IEnumerable<ReadOnlyMemory<char>> names, bool isBinary)
    {
        _isBinary = isBinary;
        _names = [.. names.Select(name => name.ToString())];
        NumberOfClasses = counts.Length;
        Counts = Array.AsReadOnly(Array.ConvertAll(counts, row => (IReadOnlyList<double>)Array.AsReadOnly((double[])row.Clone())));
        var precision = new double[counts.Length];
        var recall = new double[counts.Length];
        for (int i = 0; i < counts.Length; i++)
        {
            double predicted = counts.Sum(row => row[i]);
            double actual = counts[i].Sum();
            precision[i] = predicted > 0 ? counts[i][i] / predicted : 0;
            recall[i] = actual > 0 ? counts[i][i] / actual : 0;
        }
        PerClassPrecision = Array.AsReadOnly(precision);
        PerClassRecall = Array.AsReadOnly(recall);
    }

    public IReadOnlyList<double> PerClassPrecision { get; }

    public IReadOnlyList<double> PerClassRecall { get; }

    /// <summary>By true class, then by predicted class.</summary>
    public IReadOnlyList<IReadOnlyList<double>> Counts { get; }

    public int NumberOfClasses { get; }

    public string GetFormattedConfusionTable() => _table ??= ConfusionTable.Format(this, _names, _isBinary);

    public double GetCountForClassPair(int predictedClassIndicatorIndex, int actualClassIndicatorIndex)
    {
        Check(predictedClassIndicatorIndex, nameof(predictedClassIndicatorIndex));
        Check(actualClassIndicatorIndex, nameof(actualClassIndicatorIndex));
        return Counts[actualClassIndicatorIndex][predictedClassIndicatorIndex];
    }

    private void Check(int index, string name)
        => Contracts.CheckParam(index >= 0 && index < NumberOfClasses, name, "Invalid index. Should be non-negative, less than the number of classes.");
}
