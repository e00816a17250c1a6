using System.Diagnostics;
using static System.FormattableString;

namespace Microsoft.ML.Lora.Tests.Fuzzing;

/// <summary>
/// Damages real files and reads them. Only documented exceptions may come out, nothing may take long or much memory. An input is made of one
/// seed alone: the same files and seed are the same input.
/// </summary>
/// <param name="format">Files, damage and reader.</param>
/// <param name="output">A folder where inputs that show a fault are put, with the seed in their names; null: nowhere.</param>
internal sealed class Fuzzer(FuzzFormat format, string? output = null)
{
    /// <summary>Far above what any input took so far, far below a hang, on a busy machine.</summary>
    public static readonly TimeSpan LongestInput = TimeSpan.FromSeconds(20);

    /// <summary>After this, an input is taken to hang, and the run ends.</summary>
    public static readonly TimeSpan Hang = TimeSpan.FromSeconds(90);

    private readonly List<string> _faults = [];
    private readonly object _lock = new();
    private long _started;
    private int _seed;

    public int Tried { get; private set; }

    /// <summary>Inputs whose header was accepted: of safetensors its whole table of tensors, of torch's files the archive or the magic, of a saved model what is
    /// ML.NET's own, of the others their syntax.</summary>
    public int PastHeader { get; private set; }

    /// <summary>True where less than a third of them got that far, of enough inputs to tell: the damage is too coarse to show anything.</summary>
    public bool IsTooShallow => Tried >= 200 && 3L * PastHeader < Tried;

    /// <summary>Inputs that were accepted and used.</summary>
    public int Accepted { get; private set; }

    public TimeSpan WorstTime { get; private set; }

    /// <summary>Most managed memory allocated for one input.</summary>
    public long WorstMemory { get; private set; }

    public SortedDictionary<string, int> Exceptions { get; } = new(StringComparer.Ordinal);

    /// <summary>What must not happen, with the seed that shows it again.</summary>
    public IReadOnlyList<string> Faults
    {
        get
        {
            lock (_lock)
                return [.. _faults];
        }
    }

    /// <summary>Tries one input after the other.</summary>
    /// <param name="firstSeed">The first input's seed; the next has the next.</param>
    /// <param name="inputs">How many; null: as many as there is time for.</param>
    /// <param name="time">How long.</param>
    public void Run(int firstSeed, int? inputs, TimeSpan time)
    {
        var watch = Stopwatch.StartNew();
        _started = Stopwatch.GetTimestamp();
        var worker = new Thread(() =>
        {
            for (int i = 0; i < (inputs ?? int.MaxValue) && watch.Elapsed < time; i++)
                Try(unchecked(firstSeed + i));
        })
        { IsBackground = true, Name = "fuzz" };
        worker.Start();
        while (!worker.Join(TimeSpan.FromMilliseconds(200)))
        {
            if (Stopwatch.GetElapsedTime(Interlocked.Read(ref _started)) <= Hang)
                continue;
            AddFault(_seed, $"does not end within {Hang.TotalSeconds} s", null);
            return;
        }
    }

    public override string ToString() => string.Join(Environment.NewLine,
    [
        Invariant($"{format.Name}: {Tried:N0} inputs from {format.Files.Count} files; {PastHeader:N0} ({100.0 * PastHeader / Math.Max(Tried, 1):F0} %) got past the header, {Accepted:N0} were accepted"),
        .. Exceptions.Select(pair => Invariant($"{pair.Value,9:N0} {pair.Key}")),
        Invariant($"worst time {WorstTime.TotalMilliseconds:N0} ms, most memory allocated for one input {WorstMemory / 1e6:F1} MB, {Faults.Count} faults"),
    ]);

    private void Try(int seed)
    {
        _seed = seed;
        Interlocked.Exchange(ref _started, Stopwatch.GetTimestamp());
        FuzzFile file = FileOf(seed);
        byte[] input = Input(seed);
        Tried++;
        var progress = new FuzzProgress();
        long memory = GC.GetAllocatedBytesForCurrentThread();
        var watch = Stopwatch.StartNew();
        try
        {
            format.Read(file, input, progress);
        }
        catch (Exception e)
        {
            progress.Exceptions.Add(e);
        }

        TimeSpan elapsed = watch.Elapsed;
        memory = GC.GetAllocatedBytesForCurrentThread() - memory;
        PastHeader += progress.IsPastHeader ? 1 : 0;
        Accepted += progress.IsAccepted ? 1 : 0;
        WorstTime = elapsed > WorstTime ? elapsed : WorstTime;
        WorstMemory = Math.Max(memory, WorstMemory);
        foreach (Exception e in progress.Exceptions)
        {
            Exception cause = e is LoraFormatException ? e : e.GetBaseException();
            for (Exception? inner = e; inner is not null; inner = inner.InnerException)
                cause = inner is LoraFormatException ? inner : cause;
            string name = ReferenceEquals(cause, e) ? e.GetType().Name : $"{e.GetType().Name} around {cause.GetType().Name}";
            Exceptions[name] = Exceptions.GetValueOrDefault(name) + 1;
            if (format.Objection(file, e) is { } objection)
                AddFault(seed, $"{objection}: {e}", input);
        }

        if (elapsed > LongestInput)
            AddFault(seed, Invariant($"took {elapsed.TotalSeconds:F1} s"), input);
        if (memory > format.MostBytes(input.Length))
            AddFault(seed, $"allocated {memory:N0} bytes for an input of {input.Length:N0}", input);
    }

    private FuzzFile FileOf(int seed) => format.Files[(int)((uint)seed % (uint)format.Files.Count)];

    private byte[] Input(int seed) => format.Mutate(FileOf(seed), new Random(seed));

    private void AddFault(int seed, string what, byte[]? input)
    {
        string saved = "";
        if (output is not null)
        {
            Directory.CreateDirectory(output);
            string path = Path.Combine(output, $"{format.Name}-{seed}.bin");
            File.WriteAllBytes(path, input ?? Input(seed));
            saved = $", saved as {path}";
        }

        lock (_lock)
            _faults.Add($"{format.Name}, {FileOf(seed).Name}, seed {seed} (again: --format {format.Name} --seed {seed} --inputs 1{saved}): {what}");
    }
}
