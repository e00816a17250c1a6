using System.Diagnostics;
using Microsoft.ML.Lora.Checkpoints;

namespace Microsoft.ML.Lora.Training;

/// <summary>
/// The checkpoint of one training: a subfolder named by the training's identity, a lock that the process holds while it trains, and one file with
/// the last good state. The file is written beside and renamed, so that it is always whole; the system gives the lock back when the process dies.
/// </summary>
internal sealed class CheckpointStore : IDisposable
{
    private const string StateName = "state.safetensors";
    private const string LockName = "lock";

    private readonly string _folder;
    private readonly TrainingIdentity _identity;
    private readonly int? _everySteps;
    private readonly TimeSpan _interval;
    private readonly FileStream _lock;
    private readonly Stopwatch _sinceLast = Stopwatch.StartNew();
    private long _lastStep;

    private CheckpointStore(string folder, TrainingIdentity identity, TrainingOptions options, FileStream held)
    {
        _folder = folder;
        _identity = identity;
        _everySteps = options.CheckpointEverySteps;
        _interval = options.CheckpointInterval;
        _lock = held;
    }

    /// <summary>The state's file.</summary>
    public string StatePath => Path.Combine(_folder, StateName);

    /// <summary>The file if it exists.</summary>
    public string? ExistingPath => File.Exists(StatePath) ? StatePath : null;

    /// <summary>Opens the folder and takes the lock.</summary>
    /// <exception cref="InvalidOperationException">Another training holds the lock.</exception>
    /// <exception cref="IOException">The folder cannot be made or written.</exception>
    public static CheckpointStore Open(TrainingOptions options, TrainingIdentity identity)
    {
        string folder = Path.Combine(Path.GetFullPath(options.CheckpointDirectory!), identity.Training[..16].ToLowerInvariant());
        FileStream? held;
        do
            held = TryLock(folder);
        while (held is null);
        AtomicFile.RemoveLeftovers(Path.Combine(folder, StateName));
        return new CheckpointStore(folder, identity, options, held);
    }

    /// <summary>Makes the folder and takes its lock.</summary>
    /// <returns>Null where another process that had just ended took the folder or the lock's name away meanwhile.</returns>
    private static FileStream? TryLock(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"TrainingOptions.CheckpointDirectory: the folder '{folder}' cannot be made: {e.Message}", e);
        }

        string path = Path.Combine(folder, LockName);
        try
        {
            var held = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            if (File.Exists(path))
                return held;
            held.Dispose();
            return null;
        }
        catch (DirectoryNotFoundException)
        {
            return null;
        }
        catch (IOException e)
        {
            if (File.Exists(path))
            {
                throw new InvalidOperationException(
                    $"The same training is running already: another process or thread holds '{path}'. Wait for its end, or set another TrainingOptions.CheckpointDirectory.", e);
            }

            if (AtomicFile.IsHeld(e))
                return null; // and has ended since
            throw;
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"TrainingOptions.CheckpointDirectory: '{folder}' cannot be written: {e.Message}", e);
        }
    }

    /// <summary>The last good state, or null when training begins.</summary>
    /// <exception cref="InvalidOperationException">There is none although one is required, or it was made in another environment.</exception>
    /// <exception cref="LoraFormatException">The file is damaged.</exception>
    public TrainingState? Load(TrainingOptions options, IReadOnlyList<int> lengths, IEnumerable<string> moments, int logits)
    {
        if (options.Resume == ResumeMode.Never)
            return null;
        if (!File.Exists(StatePath))
        {
            if (options.Resume == ResumeMode.Required)
                throw new InvalidOperationException($"TrainingOptions.Resume is Required, and there is no checkpoint of this training (same rows, options, seed and base model) in '{options.CheckpointDirectory}'; expected '{StatePath}'. Set Resume to Auto to begin anew where there is none.");
            return null;
        }

        TrainingState state;
        TrainingIdentity identity;
        try
        {
            (state, identity) = TrainingState.Read(StatePath, lengths, moments, logits);
        }
        catch (LoraFormatException e)
        {
            throw new LoraFormatException($"The checkpoint cannot be read: {e.Message} Delete that file, or set TrainingOptions.Resume to Never, to begin anew.", e);
        }

        if (identity.Training != _identity.Training)
            throw new LoraFormatException(StatePath, "the checkpoint is of another training", "identity", found: identity.Training, expected: _identity.Training);
        if (identity.Environment != _identity.Environment && !options.ResumeInOtherEnvironment)
        {
            throw new InvalidOperationException(
                $"The checkpoint '{StatePath}' was written in another environment ({identity.Environment}; now {_identity.Environment}), so the result would not be the same bits. Set TrainingOptions.ResumeInOtherEnvironment to go on all the same, or Resume to Never to begin anew.");
        }

        _lastStep = state.Position.Steps;
        return state;
    }

    /// <summary>Whether steps or time since the last state call for a new one.</summary>
    public bool IsDue(long step) => step > _lastStep && ((_everySteps is { } every && step - _lastStep >= every) || _sinceLast.Elapsed >= _interval);

    /// <summary>Replaces the state.</summary>
    /// <exception cref="IOException">The disk is full or the folder cannot be written; the old state is intact.</exception>
    public void Save(TrainingState state)
    {
        AtomicFile.Write(StatePath, stream => state.Write(stream, _identity));
        _lastStep = state.Position.Steps;
        _sinceLast.Restart();
    }

    /// <summary>Removes the state: the training has ended and its result is the caller's, which no trouble here may cost.</summary>
    /// <param name="warn">Told what could not be removed.</param>
    public void Close(Action<string> warn)
    {
        try
        {
            File.Delete(StatePath);
            if (OperatingSystem.IsWindows())
                _lock.Dispose(); // an open file cannot be removed there
            File.Delete(Path.Combine(_folder, LockName)); // elsewhere while it is held, so that nobody takes a lock that is about to go
            _lock.Dispose();
            if (!Directory.EnumerateFileSystemEntries(_folder).Any())
                Directory.Delete(_folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (File.Exists(StatePath) || Directory.Exists(StatePath)) // else another process has begun the same training in the folder
                warn($"The training has ended, and its checkpoint could not be removed: {e.Message} Delete '{_folder}'.");
        }
    }

    /// <summary>Gives the lock back.</summary>
    public void Dispose() => _lock.Dispose();
}
