using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using Microsoft.ML.Lora.Benchmarks.Measuring;
using Microsoft.ML.Lora.Text;
using Microsoft.ML.Lora.Text.Pipeline;
using Spectre.Console;
using static System.FormattableString;

namespace Microsoft.ML.Lora.Benchmarks.Tokenizing;

/// <summary><c>tokenize</c>: megabytes per second of tokenizers, ids only, beside the algorithms as the papers write them.</summary>
internal static class TokenizeCommand
{
    private const string FirstLoadRole = "tokenize-first-load";
    private const int Loads = 5;

    // The plain algorithms manage as little as this in a second.
    private const double PlainMegabytes = 0.1;

    // A round is short beside the minutes in which a machine's speed changes, and long beside starting threads.
    private const double SliceMegabytes = 4;

    public static Command Create()
    {
        var tokenizers = new Option<string[]>("--tokenizer")
        {
            Description = "A folder with tokenizer files, or a tokenizer.json (.gz too); several may be given. Default: the ones below LORA_TEST_DATA/tokenizers.",
            AllowMultipleArgumentsPerToken = true,
        };
        var text = new Option<string?>("--text")
        {
            Description = "A text file, one text per line (.gz, .xz too). Default: LORA_TEST_DATA/corpora/wikipedia_en.txt.xz; the short messages are always measured.",
        };
        var megabytes = new Option<double>("--megabytes") { Description = "How much of it to use; a round takes 4 of them in turn.", DefaultValueFactory = _ => 12 };
        var rounds = new Option<int>("--rounds") { Description = "Rounds; medians are reported.", DefaultValueFactory = _ => 45 };
        var command = new Command("tokenize", "Tokenizer speed on one thread and on all cores, and the memory it allocates.") { tokenizers, text, megabytes, rounds };
        command.SetAction(parsed => Run(
            parsed.GetValue(tokenizers) ?? [], parsed.GetValue(text), parsed.GetValue(megabytes), parsed.GetValue(rounds)));
        return command;
    }

    /// <summary>A process that loads one tokenizer, its first, and prints the milliseconds.</summary>
    public static Command CreateChild()
    {
        var folder = new Argument<string>("FOLDER");
        var command = new Command(FirstLoadRole) { folder };
        command.Hidden = true;
        command.SetAction(parsed =>
        {
            Func<HuggingFaceTokenizer> load = Loader(parsed.GetRequiredValue(folder));
            long start = Stopwatch.GetTimestamp();
            load();
            Console.WriteLine(Stopwatch.GetElapsedTime(start).TotalMilliseconds.ToString("R", CultureInfo.InvariantCulture));
        });
        return command;
    }

    private static int Run(string[] tokenizers, string? textFile, double megabytes, int rounds)
    {
        string? data = Environment.GetEnvironmentVariable("LORA_TEST_DATA");
        if (string.IsNullOrEmpty(data) && (tokenizers.Length == 0 || textFile is null))
        {
            Console.Error.WriteLine("error: name tokenizers with --tokenizer and a text with --text, or the folder that has both with the variable LORA_TEST_DATA.");
            return 2;
        }

        if (tokenizers.Length == 0)
            tokenizers = [.. new[] { "bert-base-uncased", "gpt2", "llama2", "t5" }.Select(name => Path.Combine(data!, "tokenizers", name))];
        textFile ??= Path.Combine(data!, "corpora", "wikipedia_en.txt.xz");
        Console.WriteLine(Machine.Describe());
        (string Name, string[] Texts)[] sets =
        [
            (Path.GetFileName(textFile), ReadTexts(textFile, megabytes)),
            ("short messages", Repeat(File.ReadAllLines(LabelledTexts.DefaultTraining), megabytes)),
        ];
        foreach ((string name, string[] texts) in sets)
            Console.WriteLine(Invariant($"Texts         {texts.Length:N0} lines, {Megabytes(texts):F1} MB: {name}"));
        Table table = new Table().AddColumn("tokenizer").AddColumn("texts");
        foreach (string column in new[] { "first ms", "load ms", "MB/s", "all cores", "times", "at best", "plain MB/s", "ratio", "KB/MB" })
            table.AddColumn(new TableColumn(column).RightAligned());
        foreach (string path in tokenizers)
        {
            foreach ((string name, string[] texts) in sets)
                Measure(path, name, texts, rounds, table);
        }

        AnsiConsole.Write(table);
        Console.WriteLine("first ms: the first load in a process of its own, compilation of code included; load ms: a later one.");
        Console.WriteLine("all cores: MB/s of all threads together; times: that as a multiple of one thread (median of the rounds' own ratios);");
        Console.WriteLine("at best: the same multiple for arithmetic that shares nothing, in the same rounds; plain: the algorithm as in its paper, one thread;");
        Console.WriteLine("ratio: one thread against plain; KB/MB: memory allocated for each megabyte of text.");
        return 0;
    }

    private static void Measure(string path, string textName, string[] texts, int rounds, Table table)
    {
        Func<HuggingFaceTokenizer> loader = Loader(path);
        var load = new Samples();
        HuggingFaceTokenizer tokenizer = null!;
        var first = new Samples();
        for (int i = 0; i < Loads; i++)
        {
            first.Add(TimeSpan.FromMilliseconds(double.Parse(ChildProcess.Run([FirstLoadRole, path]), CultureInfo.InvariantCulture)));
            long start = Stopwatch.GetTimestamp();
            tokenizer = loader();
            load.Add(Stopwatch.GetElapsedTime(start));
        }

        var plain = new PlainTokenizer(tokenizer);
        string[] some = Beginning(texts, PlainMegabytes);
        double megabytes = Megabytes(texts);

        string[][][] slices = Slices(texts, megabytes);
        (int one, int all) = (0, 0);

        // Code that runs for a second is compiled as it will be in a program that does nothing else.
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(1);)
            EncodeOnAllCores();
        var best = new IndependentWork(slices[0].Length, milliseconds: 120);
        all = 0;
        IReadOnlyDictionary<string, Samples> times = Interleaved.Run(
            [
                ("one", () => Array.ForEach(slices[one++ % slices.Length], part => Encode(tokenizer, part))),
                ("all", EncodeOnAllCores),
                ("best one", best.OnOneThread),
                ("best all", best.OnAllCores),
                ("plain", () => some.Sum(plain.Count)),
            ],
            warmups: 1,
            rounds);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Encode(tokenizer, texts);
        double allocated = (GC.GetAllocatedBytesForCurrentThread() - before) / 1e3 / megabytes;

        double perSecond = megabytes / slices.Length / times["one"].Median * 1000;
        double onAllCores = megabytes / slices.Length / times["all"].Median * 1000;
        double reference = Megabytes(some) / times["plain"].Median * 1000;
        table.AddRow(
            Markup.Escape(Path.GetFileName(path.TrimEnd('/'))), Markup.Escape(textName), Invariant($"{first.Median:F0}"), Invariant($"{load.Median:F0}"), Invariant($"{perSecond:F1}"),
            Invariant($"{onAllCores:F1}"), Invariant($"{Samples.MedianRatio(times["one"], times["all"]):F2}"), Invariant($"{Samples.MedianRatio(times["best one"], times["best all"]):F2}"), Invariant($"{reference:F2}"), Invariant($"{perSecond / reference:F1}"), Invariant($"{allocated:F1}"));

        void EncodeOnAllCores() => Parallel.ForEach(slices[all++ % slices.Length], part => Encode(tokenizer, part));
    }

    /// <summary>What is to be timed; unpacking is not.</summary>
    private static Func<HuggingFaceTokenizer> Loader(string path)
    {
        if (Directory.Exists(path))
            return () => Load(path);
        byte[] content = Unpack(path);
        return () => HuggingFaceTokenizer.Load([("tokenizer.json", content)]);
    }

    /// <summary>A folder with a sentencepiece model alone is read as the class that its name says.</summary>
    private static HuggingFaceTokenizer Load(string folder)
    {
        string[] models = ["spiece.model", "tokenizer.model"];
        if (File.Exists(Path.Combine(folder, "tokenizer.json")) || File.Exists(Path.Combine(folder, "tokenizer_config.json"))
            || Array.Find(models, name => File.Exists(Path.Combine(folder, name))) is not string model)
        {
            return HuggingFaceTokenizer.Load(folder);
        }

        string className = model == models[0] ? "T5Tokenizer" : "LlamaTokenizer";
        return HuggingFaceTokenizer.Load(
        [
            (model, File.ReadAllBytes(Path.Combine(folder, model))),
            ("tokenizer_config.json", Encoding.UTF8.GetBytes(Invariant($"{{\"tokenizer_class\":\"{className}\"}}"))),
        ]);
    }

    /// <summary>The texts in slices of about equal size, each in parts that threads take.</summary>
    private static string[][][] Slices(string[] texts, double megabytes)
    {
        int count = Math.Max(1, (int)Math.Round(megabytes / SliceMegabytes));
        return [.. texts.Chunk((texts.Length + count - 1) / count).Select(slice => slice.Chunk(256).ToArray())];
    }

    private static double Megabytes(IEnumerable<string> texts) => texts.Sum(text => Encoding.UTF8.GetByteCount(text)) / 1e6;

    private static string[] Repeat(string[] texts, double megabytes) =>
        [.. Enumerable.Repeat(texts, (int)Math.Ceiling(megabytes / Megabytes(texts))).SelectMany(all => all)];

    private static void Encode(HuggingFaceTokenizer tokenizer, IReadOnlyList<string> texts)
    {
        var ids = new IdList();
        foreach (string text in texts)
        {
            ids.Clear();
            tokenizer.Pipeline.EncodeIds(text, ids);
        }
    }

    private static string[] ReadTexts(string file, double megabytes) =>
        Beginning(Encoding.UTF8.GetString(Unpack(file)).Split('\n', StringSplitOptions.RemoveEmptyEntries), megabytes);

    private static string[] Beginning(IEnumerable<string> lines, double megabytes)
    {
        var texts = new List<string>();
        double bytes = 0;
        foreach (string line in lines)
        {
            texts.Add(line);
            bytes += Encoding.UTF8.GetByteCount(line);
            if (bytes > megabytes * 1e6)
                break;
        }

        return [.. texts];
    }

    private static byte[] Unpack(string file)
    {
        if (file.EndsWith(".xz", StringComparison.Ordinal))
            return Xz(file);
        if (!file.EndsWith(".gz", StringComparison.Ordinal))
            return File.ReadAllBytes(file);
        using FileStream packed = File.OpenRead(file);
        using var unpacked = new GZipStream(packed, CompressionMode.Decompress);
        using var content = new MemoryStream();
        unpacked.CopyTo(content);
        return content.ToArray();
    }

    private static byte[] Xz(string file)
    {
        using Process process = Process.Start(new ProcessStartInfo("xz", ["-dc", file]) { RedirectStandardOutput = true })
            ?? throw new InvalidOperationException("The program xz, which unpacks the text, does not start.");
        using var content = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(content);
        process.WaitForExit();
        return process.ExitCode == 0
            ? content.ToArray()
            : throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"xz -dc {file} ended with {process.ExitCode}."));
    }
}
