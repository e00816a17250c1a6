namespace Microsoft.ML.Data;

/// <summary>Sums over the rows of a multiclass test set.</summary>
internal sealed class ClassCounters
{
    private const float Epsilon = 1e-15f;
    private readonly double[] _rowsOfClass;
    private readonly double[] _logLossOfClass;
    private readonly double[] _rowsByRank;
    private double _rows;
    private double _correct;
    private double _logLoss;

    public ClassCounters(int classes)
    {
        _rowsOfClass = new double[classes];
        _logLossOfClass = new double[classes];
        // One rank more, for labels that the model does not know.
        _rowsByRank = new double[classes + 1];
        Confusion = new double[classes][];
        for (int i = 0; i < classes; i++)
            Confusion[i] = new double[classes];
    }

    public double[][] Confusion { get; }

    public double MicroAccuracy => _rows > 0 ? _correct / _rows : 0;

    public double LogLoss => _rows > 0 ? _logLoss / _rows : 0;

    public double MacroAccuracy
    {
        get
        {
            double sum = 0;
            int classes = 0;
            for (int i = 0; i < _rowsOfClass.Length; i++)
            {
                if (_rowsOfClass[i] > 0)
                {
                    sum += Confusion[i][i] / _rowsOfClass[i];
                    classes++;
                }
            }
            return classes > 0 ? sum / classes : 0;
        }
    }

    /// <summary>How much better the log-loss is than that of always answering with the class frequencies.</summary>
    public double LogLossReduction
    {
        get
        {
            double entropy = 0;
            foreach (double rows in _rowsOfClass)
            {
                if (rows != 0)
                    entropy += rows * Math.Log(rows / _rows);
            }
            entropy /= -_rows;
            return (entropy - LogLoss) / entropy;
        }
    }

    public double[] GetPerClassLogLoss()
        => [.. _logLossOfClass.Select((loss, i) => _rowsOfClass[i] > 0 ? loss / _rowsOfClass[i] : 0)];

    /// <summary>For 1 to <paramref name="count"/> answers, how often the right one is among them. More than there are ranks is an error.</summary>
    public double[] GetTopAccuracies(int count)
    {
        var result = new double[Math.Min(count, _rowsByRank.Length)];
        double sum = 0;
        for (int i = 0; i < result.Length; i++)
            result[i] = sum += _rowsByRank[i] / _rows;
        _ = result[count - 1];
        return result;
    }

    public void Add(int label, float[] scores)
    {
        bool known = label < scores.Length;
        double logLoss = -Math.Log(known ? Math.Min(1, Math.Max(Epsilon, scores[label])) : Epsilon);
        float labelScore = known ? scores[label] : 0;
        int rank = 0;
        int best = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            // Of equal scores the first wins.
            if (scores[i] > labelScore || (scores[i] == labelScore && i < label))
                rank++;
            if (scores[best] < scores[i])
                best = i;
        }

        _rows++;
        _logLoss += logLoss;
        _rowsByRank[rank]++;
        if (known)
        {
            _rowsOfClass[label]++;
            _logLossOfClass[label] += logLoss;
        }
        if (rank == 0)
        {
            _correct++;
            Confusion[label][label]++;
        }
        else if (known)
            Confusion[label][best]++;
    }
}
