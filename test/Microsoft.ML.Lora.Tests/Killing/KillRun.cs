using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.Lora.Checkpoints;
using Microsoft.ML.Lora.Kernels;

namespace Microsoft.ML.Lora.Tests.Killing;

/// <summary>
/// Kills a training process again and again (SIGKILL), in each phase in turn: where the phase begins, and at a random time after that. After each
/// kill every file must be whole, and whenever a process comes to its end the model must have the bits of one that was never interrupted.
/// </summary>
/// <param name="start">Starts a process with the arguments of <see cref="KillChild"/>; output and errors redirected.</param>
/// <param name="folder">A folder of its own.</param>
/// <param name="baseFolder">The base model.</param>
/// <param name="seed">Of all random times.</param>
/// <param name="killed">Told after each kill how many there were; may be null.</param>
internal sealed class KillRun(Func<string[], Process> start, string folder, string baseFolder, ulong seed, Action<int>? killed = null)
{
    private const double LongestDelayMilliseconds = 12;

    private readonly ulong _key = CounterRandom.Key(seed, RandomStreams.Synthetic);
    private readonly Dictionary<string, int> _died = PhaseListener.Phases.ToDictionary(p => p, _ => 0);
    private uint _draws;
    private string _expected = "";

    /// <summary>How many processes died in each phase, by what they said last.</summary>
    public IReadOnlyDictionary<string, int> DeathsByPhase => _died;

    /// <summary>How many trainings came to their end, with the right bits.</summary>
    public int Completed { get; private set; }

    /// <summary>Does it all.</summary>
    /// <exception cref="InvalidOperationException">A file was broken, bits differed, or a process failed.</exception>
    public void Run(int kills)
    {
        string reference = Path.Combine(folder, "uninterrupted"), work = Path.Combine(folder, "killed");
        Directory.CreateDirectory(reference);
        Directory.CreateDirectory(work);
        _expected = RunOnce(reference, null, hold: false) ?? throw new InvalidOperationException("The uninterrupted training did not end.");
        for (int i = 0; i < kills;)
        {
            string phase = PhaseListener.Phases[i % PhaseListener.Phases.Count];
            bool hold = i / PhaseListener.Phases.Count % 2 == 0;
            bool died = RunOnce(work, phase, hold) is null; // else the training ended before it came to the phase once more: the next process begins a new one
            CheckFiles(work);
            if (!died)
                continue;
            i++;
            killed?.Invoke(i);
        }

        RunOnce(work, null, hold: false);
        CheckFiles(work);
        string[] left = [.. Directory.EnumerateFileSystemEntries(work, "*", SearchOption.AllDirectories)
            .Where(path => path != KillChild.ZipPath(work) && path != KillChild.CheckpointPath(work))];
        if (left.Length > 0)
            throw new InvalidOperationException($"After a training has ended these are left: {string.Join(", ", left)}.");
    }

    /// <summary>Starts a process; kills it where it is said to.</summary>
    /// <returns>Null when it was killed; the hash when it came to its end.</returns>
    private string? RunOnce(string work, string? phase, bool hold)
    {
        string[] arguments = phase is null
            ? [work, baseFolder]
            : [work, baseFolder, phase, (CounterRandom.UInt32(_key, _draws++) % 3).ToString(CultureInfo.InvariantCulture), hold ? "hold" : "go"];
        if (phase?.StartsWith("zip", StringComparison.Ordinal) == true)
            arguments[3] = "0"; // there is one zip only
        using Process child = start(arguments);
        Task<string> errors = child.StandardError.ReadToEndAsync();
        string last = "", hash = "";
        for (string? line; (line = child.StandardOutput.ReadLine()) is not null;)
        {
            if (line == KillChild.Reached)
            {
                if (!hold)
                    Wait(LongestDelayMilliseconds * CounterRandom.Uniform(_key, _draws++));
                child.Kill();
            }
            else if (line.StartsWith(KillChild.Done, StringComparison.Ordinal))
            {
                hash = line[KillChild.Done.Length..];
            }
            else if (_died.ContainsKey(line))
            {
                last = line;
            }
        }

        child.WaitForExit();
        if (hash.Length > 0)
        {
            if (hash != _expected && _expected.Length > 0)
                throw new InvalidOperationException($"A training that was killed and resumed ended with {hash}; the uninterrupted one with {_expected}.");
            Completed++;
            return hash;
        }

        const int KilledBySignal = 128 + 9;
        if (OperatingSystem.IsWindows() ? phase is null : child.ExitCode != KilledBySignal)
            throw new InvalidOperationException($"The process ended with {child.ExitCode}: {errors.Result}");
        _died[last]++;
        return null;
    }

    private static void CheckFiles(string work)
    {
        if (Directory.Exists(KillChild.CheckpointPath(work)))
        {
            foreach (string state in Directory.EnumerateFiles(KillChild.CheckpointPath(work), "state.safetensors", SearchOption.AllDirectories))
                SafetensorsFile.Open(state).Dispose();
        }

        if (File.Exists(KillChild.ZipPath(work)))
            KillChild.Hash(KillChild.ZipPath(work));
    }

    /// <summary>Finer than the scheduler's sleep.</summary>
    private static void Wait(double milliseconds)
    {
        long begin = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(begin).TotalMilliseconds < milliseconds)
            Thread.SpinWait(50);
    }
}
