using System.CommandLine;
using System.Globalization;
using Microsoft.ML.Lora.Adapters;
using Microsoft.ML.Lora.Benchmarks.Measuring;
using Microsoft.ML.Lora.Models;
using Microsoft.ML.Lora.Text;
using Microsoft.ML.Lora.Training;

namespace Microsoft.ML.Lora.Benchmarks;

/// <summary>
/// <c>accuracy</c>: LoRA against the frozen base on real data sets, and LoRA with its adapters zeroed, over several seeds. Nothing is chosen on
/// the test rows: all epochs run and the last one counts.
/// </summary>
internal static class AccuracyCommand
{
    private const int MaxTokens = 128;

    private static readonly TrainingOptions s_lora = new() { LearningRate = 1e-3, BatchSize = 32 };

    /// <summary>
    /// What Python with PEFT 0.21 reached with the same recipe (rank 8, alpha 16, dropout 0.1 on query, key, value; 8 epochs), one seed.
    /// </summary>
    private static readonly Dictionary<(string Base, string Set, string Method), double> s_peft = new()
    {
        [("all-MiniLM-L6-v2", "trec", "frozen")] = 0.9080,
        [("all-MiniLM-L6-v2", "trec", "lora")] = 0.9570, // mean of float32 and bfloat16
        [("all-MiniLM-L6-v2", "banking77", "frozen")] = 0.9289,
        [("all-MiniLM-L6-v2", "banking77", "lora")] = 0.9273,
        [("mini-encoder", "trec", "frozen")] = 0.7520,
        [("mini-encoder", "trec", "lora")] = 0.9280,
        [("mini-encoder", "banking77", "lora")] = 0.9097,
    };

    public static Command Create()
    {
        var data = new Option<string>("--data") { Description = "Folder with SET.train.tsv and SET.test.tsv.", Required = true };
        var models = new Option<string[]>("--model") { Description = "Folder of a base model; several are allowed.", Required = true, AllowMultipleArgumentsPerToken = true };
        var sets = new Option<string[]>("--set") { Description = "Data sets.", DefaultValueFactory = _ => ["trec", "banking77"], AllowMultipleArgumentsPerToken = true };
        var methods = new Option<string[]>("--method") { Description = "frozen, lora.", DefaultValueFactory = _ => ["frozen", "lora"], AllowMultipleArgumentsPerToken = true };
        var seeds = new Option<int>("--seeds") { Description = "Number of seeds, from 1.", DefaultValueFactory = _ => 3 };
        var compute = new Option<ComputeType>("--compute") { Description = "Number format of the base.", DefaultValueFactory = _ => ComputeType.Auto };
        var epochs = new Option<int>("--epochs") { Description = "Epochs.", DefaultValueFactory = _ => 8 };
        var composition = new Option<BatchComposition>("--composition") { Description = "Rows of a batch; the recipe has rows of like length.", DefaultValueFactory = _ => BatchComposition.LikeLength };
        var command = new Command("accuracy", "Accuracy of LoRA, of the frozen base and of LoRA with its adapters zeroed, on real data sets.")
        {
            data, models, sets, methods, seeds, compute, epochs, composition,
        };
        command.SetAction(parsed =>
        {
            Console.WriteLine(Machine.Describe());
            TrainingOptions recipe = s_lora.Snapshot();
            recipe.MaxEpochs = parsed.GetValue(epochs);
            recipe.BatchComposition = parsed.GetValue(composition);
            var table = new List<(string Base, string Set, string Method, double Accuracy)>();
            foreach (string model in parsed.GetValue(models)!)
            {
                foreach (string set in parsed.GetValue(sets)!)
                    table.AddRange(Run(model, parsed.GetValue(data)!, set, parsed.GetValue(methods)!, parsed.GetValue(seeds), parsed.GetValue(compute), recipe));
            }

            PrintMeans(table);
        });
        return command;
    }

    private static IEnumerable<(string Base, string Set, string Method, double Accuracy)> Run(
        string folder, string data, string set, string[] methods, int seeds, ComputeType compute, TrainingOptions recipe)
    {
        BaseModel source = BaseModel.FromDirectory(folder);
        var encoder = new TextEncoder(HuggingFaceTokenizer.Load(folder), MaxTokens);
        string[] labels = [.. Tsv(Path.Combine(data, $"{set}.train.tsv")).Select(r => r.Label).Distinct().Order(StringComparer.Ordinal)];
        TrainingSet train = Encode(encoder, Path.Combine(data, $"{set}.train.tsv"), labels);
        TrainingSet test = Encode(encoder, Path.Combine(data, $"{set}.test.tsv"), labels);
        using BaseModelHandle handle = source.Acquire(compute);
        var pooling = new Pooling(source.Pooling, handle.Model);
        for (ulong seed = 1; seed <= (ulong)seeds; seed++)
        {
            foreach (string method in methods)
            {
                bool frozen = method == "frozen";
                TrainingOptions options = recipe.Snapshot();
                if (frozen)
                    options.LearningRate = 5e-3;
                using SequenceClassifier classifier = SequenceClassifier.Create(
                    handle.Model, pooling, frozen ? LoraOptions.None : new LoraOptions(), labels.Length, options.HeadDropout, seed, out InjectionReport report);
                TrainingResult result = Trainer.Run(classifier, train, null, options, seed, null, line => Console.Error.WriteLine($"  {line}"), Console.Error.WriteLine, default);
                EvaluationResult evaluation = Evaluator.Evaluate(classifier, test);
                Print(source.Id, set, method, seed, handle.Model.ComputeType, evaluation, report, result);
                yield return (source.Id, set, method, evaluation.Metrics.Accuracy);
                if (frozen)
                    continue;
                foreach (AdaptedPart part in classifier.Adapter!.Parts)
                    ParameterValues.Write(part.B, new float[part.B.numel()]);
                double zeroed = Evaluator.Evaluate(classifier, test).Metrics.Accuracy;
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{source.Id,-18} {set,-10} zeroed  seed {seed}  accuracy {zeroed:F4}"));
                yield return (source.Id, set, "zeroed", zeroed);
            }
        }
    }

    private static TrainingSet Encode(TextEncoder encoder, string path, string[] labels)
    {
        var set = new TrainingSet(labels.Length);
        foreach ((string label, string text) in Tsv(path))
        {
            int index = Array.BinarySearch(labels, label, StringComparer.Ordinal);
            if (index < 0)
                throw new InvalidDataException($"'{path}': the label '{label}' is not among the training labels.");
            TokenizedText tokens = encoder.Encode(text);
            set.Add(tokens.Ids, tokens.TypeIds, index);
        }

        return set;
    }

    private static IEnumerable<(string Label, string Text)> Tsv(string path)
    {
        foreach (string line in File.ReadLines(path).Skip(1))
        {
            int tab = line.IndexOf('\t');
            yield return (line[..tab], line[(tab + 1)..]);
        }
    }

    private static void Print(
        string model, string set, string method, ulong seed, ComputeType compute, EvaluationResult evaluation, InjectionReport report, TrainingResult result) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{model,-18} {set,-10} {method,-7} seed {seed}  accuracy {evaluation.Metrics.Accuracy:F4}  macro F1 {evaluation.Metrics.MacroF1:F4}  {compute}  {report.TrainableParameters:N0} trained  {result.Elapsed.TotalSeconds:F0} s  {result.RowsPerSecond:F0} rows/s"));

    private static void PrintMeans(List<(string Base, string Set, string Method, double Accuracy)> table)
    {
        Console.WriteLine();
        Console.WriteLine("Means over the seeds, in percent; PEFT: one seed of the same recipe in Python.");
        Console.WriteLine($"{"base",-18} {"set",-10} {"method",-7} {"mean",6} {"lowest",7} {"highest",8} {"PEFT",6} {"difference",11}");
        foreach (var group in table.GroupBy(r => (r.Base, r.Set, r.Method)))
        {
            double mean = 100 * group.Average(r => r.Accuracy);
            string peft = s_peft.TryGetValue(group.Key, out double theirs)
                ? string.Create(CultureInfo.InvariantCulture, $"{100 * theirs,6:F2} {mean - 100 * theirs,11:+0.00;-0.00}")
                : $"{"-",6} {"-",11}";
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{group.Key.Base,-18} {group.Key.Set,-10} {group.Key.Method,-7} {mean,6:F2} {100 * group.Min(r => r.Accuracy),7:F2} {100 * group.Max(r => r.Accuracy),8:F2} {peft}"));
        }
    }
}
