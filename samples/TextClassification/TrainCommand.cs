using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Lora;
using Microsoft.ML.Runtime;
using Spectre.Console;

namespace TextClassification;

/// <summary>The whole round: train, test, save, and predict from the file in another process.</summary>
internal static class TrainCommand
{
    private const int ShownPredictions = 3;

    public static Task<int> RunAsync(TrainSettings settings, IAnsiConsole console, CancellationToken cancellationToken) =>
        Task.Run(() => TrainAsync(settings, console, cancellationToken), CancellationToken.None);

    private static async Task<int> TrainAsync(TrainSettings settings, IAnsiConsole console, CancellationToken cancellationToken)
    {
        Stopwatch total = Stopwatch.StartNew();
        var report = new Report(console);
        var ml = new MLContext(settings.Seed);
        ml.Log += (_, e) =>
        {
            if (e.Kind == ChannelMessageKind.Warning)
                report.Warning(e.RawMessage);
            else if (settings.Verbose && e.Kind != ChannelMessageKind.Trace)
                report.Log(e.Message);
        };

        (IDataView train, IDataView test) = LoadData(ml, settings, report);
        var display = new TrainingDisplay(console);

        bool saved = false;
        Trained lora, frozen;
        try
        {
            lora = Train($"LoRA, rank {settings.Rank}", IntentModel.Adapters(settings.Rank));
            IntentModel.Save(ml, lora.Model, train.Schema, settings.SavePath);
            saved = true;
            frozen = Train("frozen base, head only", LoraOptions.None);
        }
        catch (OperationCanceledException e) when (HasCheckpoint(settings))
        {
            throw new Interrupted(HowToGoOn(settings, saved), e);
        }

        if (Directory.Exists(settings.CheckpointDirectory) && !Directory.EnumerateFileSystemEntries(settings.CheckpointDirectory).Any())
            Directory.Delete(settings.CheckpointDirectory);

        report.Comparison(lora, frozen);
        report.Confusion(lora.Evaluation);

        string[] texts = PickTexts(test);
        using var model = new IntentModel(ml, lora.Model);
        List<Prediction> predictions = [.. texts.Select(model.Predict)];
        report.Predictions(predictions);
        report.Saved(settings.SavePath, total.Elapsed);

        Stopwatch second = Stopwatch.StartNew();
        (IReadOnlyList<Prediction> again, int processId) =
            await SecondProcess.PredictAsync(settings.SavePath, settings.BaseModelDirectory, texts, cancellationToken);
        double difference = LargestDifference(predictions, again);
        report.SecondProcess(again, processId, second.Elapsed, difference);
        report.Total(total.Elapsed);
        return difference <= 1e-5 ? ExitCode.Success : throw new UserError("The saved model predicts something else than the one that was trained.");

        Trained Train(string name, LoraOptions options)
        {
            Stopwatch watch = Stopwatch.StartNew();
            ITransformer trained = display.Run(name, progress => IntentModel.Train(ml, train, settings, options, progress, cancellationToken));
            watch.Stop();
            return new Trained(name, trained, IntentModel.Evaluate(ml, trained, test), watch.Elapsed);
        }
    }

    private static bool HasCheckpoint(TrainSettings settings) => Directory.Exists(settings.CheckpointDirectory)
        && Directory.EnumerateFiles(settings.CheckpointDirectory, "state.safetensors", SearchOption.AllDirectories).Any();

    private static string HowToGoOn(TrainSettings settings, bool saved)
    {
        string what = saved
            ? $"The LoRA model is in {settings.SavePath}; the training of the head alone, for comparison, is saved in {settings.CheckpointDirectory}."
            : $"The training is saved in {settings.CheckpointDirectory}.";
        string command = ThisProgram.CommandLine(settings.Arguments);
        return $"{what}{Environment.NewLine}To {(saved ? "train LoRA again and finish the comparison" : "go on where it stopped")}, type:{Environment.NewLine}  {command}";
    }

    private static (IDataView Train, IDataView Test) LoadData(MLContext ml, TrainSettings settings, Report report)
    {
        TableFile file = TableFile.Open(settings.DataPath, settings.LabelColumn, settings.TextColumn, settings.HasHeader);
        IDataView data = file.Load(ml);
        if (settings.TestPath is { } testPath)
        {
            IDataView test = TableFile.Open(testPath, settings.LabelColumn, settings.TextColumn, settings.HasHeader).Load(ml);
            report.Data("Training", file.Path, Labels(data));
            report.Data("Test", testPath, Labels(test));
            WarnOfUnknownLabels(data, test, testPath, report);
            return (data, test);
        }

        DataOperationsCatalog.TrainTestData split = ml.Data.TrainTestSplit(data, testFraction: 0.2, seed: settings.Seed);
        report.Data("Training", $"{file.Path}, four fifths", Labels(split.TrainSet));
        report.Data("Test", $"{file.Path}, one fifth", Labels(split.TestSet));
        return (split.TrainSet, split.TestSet);
    }

    private static List<string> Labels(IDataView data) => [.. data.GetColumn<string>("Label")];

    private static void WarnOfUnknownLabels(IDataView train, IDataView test, string testPath, Report report)
    {
        HashSet<string> known = [.. Labels(train)];
        string[] unknown = [.. Labels(test).Where(label => !known.Contains(label))];
        if (unknown.Length > 0)
            report.Warning($"{testPath}: {unknown.Length} rows have a label that the training data lacks ({string.Join(", ", unknown.Distinct().Take(5))}); they do not count.");
    }

    /// <summary>A few messages from all over the test data.</summary>
    private static string[] PickTexts(IDataView test)
    {
        string[] texts = [.. test.GetColumn<string>("Text").Where(t => t.Length > 0)];
        int count = Math.Min(ShownPredictions, texts.Length);
        return [.. Enumerable.Range(0, count).Select(i => texts[(2 * i + 1) * texts.Length / (2 * count)])];
    }

    private static double LargestDifference(IReadOnlyList<Prediction> first, IReadOnlyList<Prediction> second)
    {
        if (!first.Select(p => (p.Text, p.Label)).SequenceEqual(second.Select(p => (p.Text, p.Label))))
            return double.PositiveInfinity;
        return first.Zip(second).SelectMany(p => p.First.Scores.Select(s => Math.Abs(s.Score - p.Second.Scores.First(o => o.Label == s.Label).Score)))
            .DefaultIfEmpty().Max();
    }
}
