using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Microsoft.ML.Lora.Benchmarks.Measuring;
using TorchSharp;

namespace Microsoft.ML.Lora.Benchmarks.Comparing;

/// <summary>
/// <c>compare</c>: the frozen base with a head, LoRA of several ranks and full fine-tuning, on one or more data sets. Each training has a process of its own,
/// so that peak memory is its own as well.
/// </summary>
internal static class CompareCommand
{
    private const int MaxTokens = 128;

    public static Command Create()
    {
        var data = new Option<string?>("--data") { Description = "Folder with SET.train.tsv and SET.test.tsv (label, text); default: the sample's messages." };
        var sets = new Option<string[]>("--set") { Description = "Data sets of that folder.", DefaultValueFactory = _ => ["banking77", "sst2"], AllowMultipleArgumentsPerToken = true };
        var baseModel = new Option<string?>("--base-model") { Description = "A BERT folder; default: the mini encoder." };
        var epochs = new Option<int>("--epochs") { Description = "Passes over the training data.", DefaultValueFactory = _ => 8 }.AtLeastOne();
        var rows = new Option<int?>("--rows") { Description = "Training and test rows at most, chosen at random; default: all." }.AtLeastOne();
        var seeds = new Option<int>("--seeds") { Description = "Seeds, from 1; the table shows means.", DefaultValueFactory = _ => 1 }.AtLeastOne();
        var methods = new Option<string[]>("--method") { Description = "frozen, full, or a rank; default: frozen 1 4 8 16 64 full.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => ["frozen", "1", "4", "8", "16", "64", "full"] };
        var output = new Option<string>("--out") { Description = "Folder for the reports.", DefaultValueFactory = _ => "." };
        var threads = new Option<int>("--threads") { Description = "libtorch's threads; default: one per core.", DefaultValueFactory = _ => Environment.ProcessorCount }.AtLeastOne();
        var child = new Option<int?>("--child-seed") { Description = "One training with this seed, printed as JSON.", Hidden = true };
        var command = new Command("compare", "Accuracy, calibration, parameters, time, memory and size of a head alone, of LoRA with ranks 1 to 64 and of full fine-tuning.")
        {
            data, sets, baseModel, epochs, rows, seeds, methods, output, threads, child,
        };
        command.SetAction(parsed =>
        {
            string? folder = parsed.GetValue(data);
            ComparedSet[] compared = folder is null
                ? [new ComparedSet("customer messages", LabelledTexts.DefaultTraining, LabelledTexts.DefaultTest)]
                : [.. parsed.GetRequiredValue(sets).Select(name => ComparedSet.Find(folder, name))];
            string[] names = parsed.GetRequiredValue(methods);
            torch.set_num_threads(parsed.GetValue(threads));
            foreach (ComparedSet set in compared)
            {
                if (parsed.GetValue(child) is { } seed)
                {
                    LoraComparisonResult one = RunOne(set, parsed.GetValue(baseModel), parsed.GetValue(epochs), parsed.GetValue(rows), Method(names.Single()), seed);
                    Console.WriteLine(JsonSerializer.Serialize(new ComparedPart(one.Data, one.Recipe, one.Runs)));
                    continue;
                }

                List<string> arguments =
                [
                    "--epochs", Text(parsed.GetValue(epochs)), "--threads", Text(parsed.GetValue(threads)),
                    .. folder is null ? Array.Empty<string>() : ["--data", folder, "--set", set.Name],
                    .. parsed.GetValue(baseModel) is { } model ? ["--base-model", model] : Array.Empty<string>(),
                    .. parsed.GetValue(rows) is { } limit ? ["--rows", Text(limit)] : Array.Empty<string>(),
                ];
                RunAll(set, names, parsed.GetValue(seeds), arguments, parsed.GetRequiredValue(output));
            }
        });
        return command;
    }

    private static void RunAll(ComparedSet set, string[] methods, int seeds, IReadOnlyList<string> arguments, string folder)
    {
        Console.WriteLine(Machine.Describe());
        var parts = new List<ComparedPart>();
        for (int seed = 1; seed <= seeds; seed++)
        {
            foreach (string method in methods)
            {
                string[] output = ChildProcess.Run(["compare", .. arguments, "--method", method, "--child-seed", Text(seed)]).Split('\n', StringSplitOptions.RemoveEmptyEntries);
                ComparedPart part = JsonSerializer.Deserialize<ComparedPart>(output[^1]) ?? throw new InvalidOperationException("The child process printed nothing.");
                parts.Add(part);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{set.Name}  {part.Runs[0].Method,-20} seed {seed}  accuracy {100 * part.Runs[0].Accuracy:F2} %  {part.Runs[0].Seconds:F1} s"));
            }
        }

        string recipe = parts[0].Recipe.Replace("1 seed", seeds == 1 ? "1 seed" : $"{seeds} seeds", StringComparison.Ordinal);
        var result = new LoraComparisonResult($"LoRA compared: {set.Name}", parts[0].Data, recipe, [.. parts.SelectMany(p => p.Runs)]);
        Console.WriteLine();
        Console.WriteLine($"{result.Data}. {result.Recipe}.");
        Console.WriteLine(result.ToMarkdown());
        Directory.CreateDirectory(folder);
        string path = Path.Combine(Path.GetFullPath(folder), $"compare-{set.Name.Replace(' ', '-')}");
        result.SaveHtml(path + ".html", Machine.Describe());
        result.SaveSvg(path + ".svg");
        File.WriteAllText(path + ".md", result.ToMarkdown());
        Console.WriteLine($"Reports: {path}.html, .svg, .md");
        Console.WriteLine();
    }

    private static LoraComparisonResult RunOne(ComparedSet set, string? baseModel, int epochs, int? rows, LoraComparisonMethod method, int seed)
    {
        var ml = new MLContext(seed: 1);
        IDataView train = LabelledTexts.Load(ml, set.Train), test = LabelledTexts.Load(ml, set.Test);
        ITransformer keys = ml.Transforms.Conversion.MapValueToKey("Label").Fit(train);
        if (rows is { } limit)
        {
            train = ml.Data.TakeRows(ml.Data.ShuffleRows(train, seed: 1), limit);
            test = ml.Data.TakeRows(ml.Data.ShuffleRows(test, seed: 1), limit);
        }

        return LoraComparison.Run(ml, keys.Transform(train), keys.Transform(test), new LoraComparisonOptions
        {
            Sentence1ColumnName = "Text",
            BaseModel = baseModel is null ? BaseModel.MiniEncoder : BaseModel.FromDirectory(baseModel),
            Methods = [method],
            Seeds = [seed],
            MaxLength = MaxTokens,
            DataName = set.Name,
            Training = new TrainingOptions { MaxEpochs = epochs, ValidationFraction = 0.1 },
        });
    }

    private static LoraComparisonMethod Method(string name) => name switch
    {
        "frozen" => LoraComparisonMethod.Frozen,
        "full" => LoraComparisonMethod.FullFineTuning,
        _ when int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int rank) && rank > 0 => LoraComparisonMethod.LoraOfRank(rank),
        _ => throw new ArgumentException($"The method '{name}' is none of frozen, full or a rank."),
    };

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
