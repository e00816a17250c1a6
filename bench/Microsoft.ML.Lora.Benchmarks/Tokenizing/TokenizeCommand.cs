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
    public static Command Create()
    {
        var tokenizers = new Option<string[]>("--tokenizer")
        {
            Description = "A tokenizer.json (or .gz) or a folder with one; several may be given.", Required = true, AllowMultipleArgumentsPerToken = true,
        };
        var text = new Option<string>("--text") { Description = "A text file, one text per line (.xz and .gz are unpacked by their tools first).", Required = true };
        var megabytes = new Option<double>("--megabytes") { Description = "How much of it to use.", DefaultValueFactory = _ => 4 };
        var rounds = new Option<int>("--rounds") { Description = "Rounds; medians are reported.", DefaultValueFactory = _ => 5 };
        var command = new Command("tokenize", "Tokenizer speed on one thread and on all cores, and the memory it allocates.") { tokenizers, text, megabytes, rounds };
        command.SetAction(parsed => Run(
            parsed.GetValue(tokenizers)!, parsed.GetValue(text)!, parsed.GetValue(megabytes), parsed.GetValue(rounds)));
        return command;
    }

    private static void Run(string[] tokenizers, string textFile, double megabytes, int rounds)
    {
        Console.WriteLine(Machine.Describe());
        string[] texts = ReadTexts(textFile, megabytes, out double used);
        Console.WriteLine(Invariant($"Texts         {texts.Length:N0} lines, {used:F1} MB of {Path.GetFileName(textFile)}"));
        Table table = new Table().AddColumn("tokenizer");
        foreach (string column in new[] { "load ms", "MB/s", "MB/s all cores", "cores", "plain MB/s", "ratio", "KB allocated per MB" })
            table.AddColumn(new TableColumn(column).RightAligned());
        foreach (string path in tokenizers)
            Measure(path, texts, used, rounds, table);
        AnsiConsole.Write(table);
    }

    private static void Measure(string path, string[] texts, double megabytes, int rounds, Table table)
    {
        byte[] content = Unpack(Directory.Exists(path) ? Path.Combine(path, "tokenizer.json") : path);
        var load = new Samples();
        HuggingFaceTokenizer tokenizer = null!;
        for (int i = 0; i < 3; i++)
        {
            long start = Stopwatch.GetTimestamp();
            tokenizer = HuggingFaceTokenizer.Load([("tokenizer.json", content)]);
            load.Add(Stopwatch.GetElapsedTime(start));
        }

        var plain = new PlainTokenizer(tokenizer, Encoding.UTF8.GetString(content));
        string[] some = texts[..Math.Max(1, texts.Length / 10)];
        double someMegabytes = some.Sum(text => Encoding.UTF8.GetByteCount(text)) / 1e6;
        IReadOnlyDictionary<string, Samples> times = Interleaved.Run(
            [
                ("one", () => Encode(tokenizer, texts)),
                ("all", () => Parallel.ForEach(texts.Chunk(64), chunk => Encode(tokenizer, chunk))),
                ("plain", () => some.Sum(plain.Count)),
            ],
            warmups: 1,
            rounds);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Encode(tokenizer, texts);
        double allocated = (GC.GetAllocatedBytesForCurrentThread() - before) / 1e3 / megabytes;

        double one = megabytes / times["one"].Median * 1000;
        double all = megabytes / times["all"].Median * 1000;
        double reference = someMegabytes / times["plain"].Median * 1000;
        table.AddRow(
            Markup.Escape(Name(path)), Invariant($"{load.Median:F0}"), Invariant($"{one:F1}"), Invariant($"{all:F1}"),
            Invariant($"{Environment.ProcessorCount}"), Invariant($"{reference:F2}"), Invariant($"{one / reference:F1}"), Invariant($"{allocated:F1}"));
    }

    private static void Encode(HuggingFaceTokenizer tokenizer, IReadOnlyList<string> texts)
    {
        var ids = new IdList();
        foreach (string text in texts)
        {
            ids.Clear();
            tokenizer.Pipeline.EncodeIds(text, ids);
        }
    }

    private static string Name(string path)
    {
        string full = Path.GetFullPath(path);
        string file = Path.GetFileName(full);
        return file.StartsWith("tokenizer.json", StringComparison.Ordinal) ? Path.GetFileName(Path.GetDirectoryName(full)!) : file;
    }

    private static string[] ReadTexts(string file, double megabytes, out double used)
    {
        var texts = new List<string>();
        double bytes = 0;
        foreach (string line in Encoding.UTF8.GetString(Unpack(file)).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            texts.Add(line);
            bytes += Encoding.UTF8.GetByteCount(line);
            if (bytes > megabytes * 1e6)
                break;
        }

        used = bytes / 1e6;
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
