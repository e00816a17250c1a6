using System.CommandLine;
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
    /// What Python with PEFT 0.21 reached with the same recipe (rank 8, alpha 16, dropout 0.1 on query, key, value; 8 epochs, SST-2 2), one seed.
    /// </summary>
    private static readonly Dictionary<(string Base, string Set, string Method), double> s_peft = new()
    {
        [("all-MiniLM-L6-v2", "trec", "frozen")] = 0.9080,
        [("all-MiniLM-L6-v2", "trec", "lora")] = 0.9570, // mean of float32 and bfloat16
        [("all-MiniLM-L6-v2", "banking77", "frozen")] = 0.9289,
        [("all-MiniLM-L6-v2", "banking77", "lora")] = 0.9273,
        [("all-MiniLM-L6-v2", "sst2", "frozen")] = 0.8016,
        [("all-MiniLM-L6-v2", "sst2", "lora")] = 0.8739,
        [("mini-encoder", "trec", "frozen")] = 0.7520,
        [("mini-encoder", "trec", "lora")] = 0.9280,
        [("mini-encoder", "banking77", "lora")] = 0.9097,
    };

    public static Command Create()
    {
        var data = new Option<string>("--data") { Description = "Folder with SET.train.tsv and SET.test.tsv (sst2: sst2.train20k.tsv and sst2.dev.tsv).", Required = true };
        var models = new Option<string[]>("--model") { Description = "Folder of a base model; several are allowed.", Required = true, AllowMultipleArgumentsPerToken = true };
        var sets = new Option<string[]>("--set") { Description = "Data sets: trec, banking77, sst2 or others.", DefaultValueFactory = _ => ["trec", "banking77"], AllowMultipleArgumentsPerToken = true };
        var methods = new Option<string[]>("--method") { Description = "frozen, lora.", DefaultValueFactory = _ => ["frozen", "lora"], AllowMultipleArgumentsPerToken = true };
        var seeds = new Option<int>("--seeds") { Description = "Number of seeds, from 1.", DefaultValueFactory = _ => 3 }.AtLeastOne();
        var compute = new Option<ComputeType[]>("--compute") { Description = "Number formats of the base; with two, their difference is printed.", DefaultValueFactory = _ => [ComputeType.Auto], AllowMultipleArgumentsPerToken = true };
        var epochs = new Option<int?>("--epochs") { Description = "Epochs; the recipe's are 8, for sst2 2." }.AtLeastOne();
        var composition = new Option<BatchComposition>("--composition") { Description = "Rows of a batch; the recipe has rows of like length.", DefaultValueFactory = _ => BatchComposition.LikeLength };
        var command = new Command("accuracy", "Accuracy of LoRA, of the frozen base and of LoRA with its adapters zeroed, on real data sets.")
        {
            data, models, sets, methods, seeds, compute, epochs, composition,
        };
        command.SetAction(parsed =>
        {
            Console.WriteLine(Machine.Describe());
            TrainingOptions recipe = s_lora.Snapshot();
            recipe.BatchComposition = parsed.GetValue(composition);
            var table = new List<Outcome>();
            foreach (string model in parsed.GetValue(models)!)
            {
                foreach (string set in parsed.GetValue(sets)!)
                {
                    recipe.MaxEpochs = parsed.GetValue(epochs) ?? (set == "sst2" ? 2 : 8);
                    foreach (ComputeType type in parsed.GetValue(compute)!)
                        table.AddRange(Run(model, parsed.GetValue(data)!, set, parsed.GetValue(methods)!, parsed.GetValue(seeds), type, recipe));
                }
            }

            PrintMeans(table);
        });
        return command;
    }

    private static IEnumerable<Outcome> Run(
        string folder, string data, string set, string[] methods, int seeds, ComputeType compute, TrainingOptions recipe)
    {
        BaseModel source = BaseModel.FromDirectory(folder);
        var encoder = new TextEncoder(HuggingFaceTokenizer.Load(folder), MaxTokens);
        (string trainFile, string testFile) = set == "sst2" ? ("sst2.train20k.tsv", "sst2.dev.tsv") : ($"{set}.train.tsv", $"{set}.test.tsv");
        string[] labels = [.. Tsv(Path.Combine(data, trainFile)).Select(r => r.Label).Distinct().Order(StringComparer.Ordinal)];
        TrainingSet train = Encode(encoder, Path.Combine(data, trainFile), labels);
        TrainingSet test = Encode(encoder, Path.Combine(data, testFile), labels);
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
                yield return new Outcome(source.Id, set, method, handle.Model.ComputeType, evaluation.Metrics.Accuracy);
                if (frozen)
                    continue;
                foreach (AdaptedPart part in classifier.Adapter!.Parts)
                    ParameterValues.Write(part.B, new float[part.B.numel()]);
                double zeroed = Evaluator.Evaluate(classifier, test).Metrics.Accuracy;
                Console.WriteLine(Invariant($"{source.Id,-18} {set,-10} zeroed  seed {seed}  accuracy {zeroed:F4}"));
                yield return new Outcome(source.Id, set, "zeroed", handle.Model.ComputeType, zeroed);
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
        Console.WriteLine(Invariant(
            $"{model,-18} {set,-10} {method,-7} seed {seed}  accuracy {evaluation.Metrics.Accuracy:F4}  macro F1 {evaluation.Metrics.MacroF1:F4}  {compute}  {report.TrainableParameters:N0} trained  {result.Elapsed.TotalSeconds:F0} s  {result.RowsPerSecond:F0} rows/s"));

    private static void PrintMeans(List<Outcome> table)
    {
        Console.WriteLine();
        Console.WriteLine("Means over the seeds, in percent; PEFT: one seed of the same recipe in Python.");
        Console.WriteLine($"{"base",-18} {"set",-10} {"method",-7} {"format",-9} {"mean",6} {"lowest",7} {"highest",8} {"PEFT",6} {"difference",11}");
        foreach (var group in table.GroupBy(r => (r.Base, r.Set, r.Method, r.Compute)))
        {
            double mean = 100 * group.Average(r => r.Accuracy);
            string peft = s_peft.TryGetValue((group.Key.Base, group.Key.Set, group.Key.Method), out double theirs)
                ? Invariant($"{100 * theirs,6:F2} {mean - 100 * theirs,11:+0.00;-0.00}")
                : $"{"-",6} {"-",11}";
            Console.WriteLine(Invariant(
                $"{group.Key.Base,-18} {group.Key.Set,-10} {group.Key.Method,-7} {group.Key.Compute,-9} {mean,6:F2} {100 * group.Min(r => r.Accuracy),7:F2} {100 * group.Max(r => r.Accuracy),8:F2} {peft}"));
        }

        foreach (var group in table.Where(r => r.Method != "zeroed").GroupBy(r => (r.Base, r.Set, r.Method)))
        {
            Dictionary<ComputeType, double> means = group.GroupBy(r => r.Compute).ToDictionary(g => g.Key, g => 100 * g.Average(r => r.Accuracy));
            if (means.TryGetValue(ComputeType.BFloat16, out double half) && means.TryGetValue(ComputeType.Float32, out double full))
                Console.WriteLine(Invariant($"{group.Key.Base} {group.Key.Set} {group.Key.Method}: BFloat16 - Float32 = {half - full:+0.00;-0.00} points"));
        }
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);

    private sealed record Outcome(string Base, string Set, string Method, ComputeType Compute, double Accuracy);
}
