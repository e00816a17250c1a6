using System.Globalization;
using Microsoft.ML.Lora.Comparing;
using Microsoft.ML.Lora.Data;
using Microsoft.ML.Lora.Estimators;
using Microsoft.ML.Lora.Models;
using Microsoft.ML.Lora.Text;
using Microsoft.ML.Lora.Training;
using TorchSharp;

namespace Microsoft.ML.Lora;

/// <summary>
/// Is LoRA worth it on your data? Trains the head alone on the frozen base, LoRA of several ranks, and every weight of a copy of the base, on the same
/// rows with the same epochs, and reports accuracy, macro F1, calibration, parameters, time, memory and size side by side.
/// </summary>
public static class LoraComparison
{
    /// <summary>Runs the comparison: one training per method and seed, one after another.</summary>
    /// <param name="ml">Whose device is used.</param>
    /// <param name="trainingSet">Rows to train on, with a key column of labels and a text column.</param>
    /// <param name="testSet">Rows to test on, with the same columns; labels with other keys are matched by their values.</param>
    /// <param name="options">What is compared; null: the defaults.</param>
    /// <returns>The result, with its tables and charts.</returns>
    /// <remarks>
    /// Peak memory is the process's: a method that runs after another also has what that one left behind. For clean figures run each method in a process
    /// of its own and put the results together with <see cref="LoraComparisonResult.Combine"/>.
    /// </remarks>
    /// <exception cref="ArgumentException">An option or a column is not valid, or there is nothing to learn from the rows.</exception>
    /// <exception cref="BaseModelException">The base model is not there.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static LoraComparisonResult Run(MLContext ml, IDataView trainingSet, IDataView testSet, LoraComparisonOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(ml);
        ArgumentNullException.ThrowIfNull(trainingSet);
        ArgumentNullException.ThrowIfNull(testSet);
        options = (options ?? new LoraComparisonOptions()).CheckedCopy();
        var columns = new ColumnNames(options.LabelColumnName, "Score", "PredictedLabel", options.Sentence1ColumnName, options.Sentence2ColumnName, null);
        LabelInfo labels = LabelInfo.FromColumn(InputColumns.Label(trainingSet.Schema, columns.Label));
        BaseModel baseModel = options.BaseModel ?? BaseModel.MiniEncoder;
        torch.Device device = ComputeDevice.Choose(ml, Say);
        RowEncoder encoder = RowEncoder.Create(HuggingFaceTokenizer.Load(baseModel.Directory), baseModel.Config, options.MaxLength);
        var reader = new ExampleReader(columns, encoder, TokenCache.From(options.Training), Say, options.CancellationToken);
        using TrainingSet train = reader.ReadTraining(trainingSet, labels);
        using TrainingSet test = reader.ReadValidation(testSet, labels);

        var training = new ComparedTraining(ml, baseModel, device, encoder, labels, columns, options, train, test, Say);
        var runs = new List<LoraComparisonRun>();
        foreach (int seed in options.Seeds)
        {
            foreach (LoraComparisonMethod method in options.Methods)
            {
                Say($"{method.Name}, seed {seed}");
                LoraComparisonRun run = training.Run(method, seed);
                Say(string.Create(CultureInfo.InvariantCulture, $"{method.Name}, seed {seed}: accuracy {run.Accuracy:P2}, {run.Seconds:F1} s"));
                runs.Add(run);
            }
        }

        string data = string.Create(CultureInfo.InvariantCulture,
            $"{(options.DataName is null ? "" : options.DataName + ": ")}{train.Count:N0} training rows, {test.Count:N0} test rows, {labels.ClassCount} classes");
        string recipe = string.Create(CultureInfo.InvariantCulture,
            $"{baseModel.Id}, {options.Training.MaxEpochs} epochs, batches of {options.Training.BatchSize}, {options.Seeds.Count} {(options.Seeds.Count == 1 ? "seed" : "seeds")}");
        return new LoraComparisonResult(options.Title, data, recipe, runs);

        void Say(string line) => options.Progress?.Report(line);
    }
}
