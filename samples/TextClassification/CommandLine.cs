using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Spectre.Console;

namespace TextClassification;

/// <summary>The program's options, what they may be, and how failures become messages and exit codes.</summary>
internal static class CommandLine
{
    private static readonly string _dataFolder = Path.Combine(AppContext.BaseDirectory, "data");

    public static async Task<int> RunAsync(
        string[] arguments, IAnsiConsole console, TextWriter output, TextWriter error, CancellationToken cancellationToken = default)
    {
        RootCommand root = Build(arguments, console, output, error);
        ParseResult parsed = root.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            foreach (ParseError problem in parsed.Errors)
                error.WriteLine($"error: {problem.Message}");
            error.WriteLine("Run with --help to see the options.");
            return ExitCode.Usage;
        }

        var configuration = new InvocationConfiguration
        {
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = TimeSpan.FromSeconds(30),
        };
        return await parsed.InvokeAsync(configuration, cancellationToken);
    }

    private static RootCommand Build(string[] arguments, IAnsiConsole console, TextWriter output, TextWriter error)
    {
        var data = File("--data", "Messages to train on: a TSV or CSV file with a header. Default: the sample's own 903 messages.");
        var test = File("--test", "Messages to test on. Default: the sample's held-out messages, or a fifth of --data.");
        var textColumn = new Option<string?>("--text-column") { Description = "Name or number (from 1) of the column with the message.", HelpName = "COLUMN" };
        var labelColumn = new Option<string?>("--label-column") { Description = "Name or number (from 1) of the column with the label.", HelpName = "COLUMN" };
        var noHeader = new Option<bool>("--no-header") { Description = "The first line is data; name the columns by number." };
        var baseModel = Directory("--base-model", "A BERT model as Hugging Face lays it out (config.json, model.safetensors, tokenizer). Default: the mini encoder.");
        var epochs = Checked("--epochs", "Passes over the training data.", "N", 10, n => n >= 1, "a whole number of at least 1");
        var learningRate = Checked("--learning-rate", "Highest learning rate of the adapters.", "RATE", 2e-3, r => double.IsFinite(r) && r > 0, "a number above 0");
        var rank = Checked("--rank", "Rank of the adapters: larger adapts more, in a larger file.", "R", 8, n => n >= 1, "a whole number of at least 1");
        var seed = Checked("--seed", "The same seed gives the same model.", "N", 1, _ => true, "a whole number");
        var save = new Option<string>("--save") { Description = "Where to write the model.", HelpName = "ZIP", DefaultValueFactory = _ => "IntentModel.zip" };
        var checkpoint = new Option<string?>("--checkpoint")
        {
            Description = "Folder for the state of a training, saved every five minutes and on Ctrl-C; the same command goes on from there. Default: beside the model.",
            HelpName = "DIR",
        };
        var verbose = new Option<bool>("--verbose") { Description = "Show ML.NET's log, and where an error arose.", Recursive = true };

        var root = new RootCommand(
            "Fine-tunes a small language model with LoRA to tell what a customer message is about, tests it, saves it, " +
            "and predicts with the saved file in a second process. Runs without arguments and without a network. " +
            "Exit codes: 0 done, 1 failed, 2 wrong usage, 130 cancelled.")
        {
            data, test, textColumn, labelColumn, noHeader, baseModel, epochs, learningRate, rank, seed, save, checkpoint, verbose,
        };
        root.Validators.Add(result =>
        {
            if (result.GetValue(noHeader) && (result.GetValue(textColumn) is null || result.GetValue(labelColumn) is null))
                result.AddError("--no-header needs --text-column and --label-column with the numbers of the columns.");
            if (result.GetValue(data) is null && result.GetValue(test) is null
                && (result.GetValue(textColumn) ?? result.GetValue(labelColumn)) is not null)
                result.AddError("--text-column and --label-column describe a file of yours: name it with --data.");
        });
        root.SetAction((parsed, token) => GuardAsync(error, parsed.GetValue(verbose), () =>
        {
            bool ownData = parsed.GetValue(data) is not null;
            var settings = new TrainSettings
            {
                DataPath = parsed.GetValue(data) ?? Path.Combine(_dataFolder, "intents.tsv"),
                TestPath = parsed.GetValue(test) ?? (ownData ? null : Path.Combine(_dataFolder, "intents-heldout.tsv")),
                TextColumn = parsed.GetValue(textColumn),
                LabelColumn = parsed.GetValue(labelColumn),
                HasHeader = !parsed.GetValue(noHeader),
                BaseModelDirectory = parsed.GetValue(baseModel),
                Epochs = parsed.GetValue(epochs),
                LearningRate = parsed.GetValue(learningRate),
                Rank = parsed.GetValue(rank),
                Seed = parsed.GetValue(seed),
                SavePath = parsed.GetRequiredValue(save),
                CheckpointDirectory = parsed.GetValue(checkpoint) ?? parsed.GetRequiredValue(save) + ".checkpoint",
                Arguments = arguments,
                Verbose = parsed.GetValue(verbose),
            };
            return TrainCommand.RunAsync(settings, console, token);
        }));
        root.Subcommands.Add(BuildPredict(output, error, verbose));
        return root;
    }

    private static Command BuildPredict(TextWriter output, TextWriter error, Option<bool> verbose)
    {
        var model = File("--model", "The saved model.");
        model.DefaultValueFactory = _ => "IntentModel.zip";
        var baseModel = Directory("--base-model", "The base model's folder, when the model was trained on another than the mini encoder and the folder has moved.");
        var json = new Option<bool>("--json") { Description = "One JSON object per message, with every score." };
        var texts = new Argument<string[]>("MESSAGE") { Description = "Messages to classify; none: one per line of the standard input.", Arity = ArgumentArity.ZeroOrMore };
        var predict = new Command("predict", "Predicts with a saved model.") { model, baseModel, json, texts };
        predict.SetAction((parsed, token) => GuardAsync(error, parsed.GetValue(verbose), () =>
            PredictCommand.RunAsync(
                parsed.GetValue(model)!, parsed.GetValue(baseModel), parsed.GetValue(texts) ?? [], parsed.GetValue(json), output, token)));
        return predict;
    }

    private static Option<string?> File(string name, string description) => Existing(name, description, "FILE", "file", System.IO.File.Exists);

    private static Option<string?> Directory(string name, string description) => Existing(name, description, "DIR", "folder", System.IO.Directory.Exists);

    private static Option<string?> Existing(string name, string description, string helpName, string kind, Func<string, bool> exists)
    {
        var option = new Option<string?>(name) { Description = description, HelpName = helpName };
        option.Validators.Add(result =>
        {
            string? path = result.GetValueOrDefault<string?>();
            if (path is not null && !exists(path))
                result.AddError($"{name}: there is no {kind} '{path}'.");
        });
        return option;
    }

    private static Option<T> Checked<T>(string name, string description, string helpName, T defaultValue, Func<T, bool> isValid, string expected)
        where T : IParsable<T> => new(name)
        {
            Description = description,
            HelpName = helpName,
            DefaultValueFactory = _ => defaultValue,
            CustomParser = result =>
            {
                string given = result.Tokens[0].Value;
                if (T.TryParse(given, CultureInfo.InvariantCulture, out T? value) && isValid(value))
                    return value;
                result.AddError($"{name} is '{given}'; it must be {expected}.");
                return default;
            },
        };

    /// <summary>Turns what a command throws into one line on the error stream and an exit code.</summary>
    private static async Task<int> GuardAsync(TextWriter error, bool verbose, Func<Task<int>> command)
    {
        try
        {
            return await command();
        }
        catch (OperationCanceledException e)
        {
            error.WriteLine(e is Interrupted ? $"Cancelled. {e.Message}" : "Cancelled.");
            return ExitCode.Cancelled;
        }
        catch (UserError e)
        {
            error.WriteLine($"error: {e.Message}");
            return e.ExitCode;
        }
        catch (Exception e)
        {
            error.WriteLine(verbose ? $"error: {e}" : $"error: {e.Message}");
            return ExitCode.Failure;
        }
    }
}
