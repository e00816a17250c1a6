using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.ML.Lora.Adapters;
using Microsoft.ML.Lora.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Training;

/// <summary>Tells one training from another, and one machine from another.</summary>
/// <param name="Training">A hash of the rows, the options, the seed, the base model's weights and the initial parameters.</param>
/// <param name="Environment">What the bits of a result depend on beside the training itself.</param>
/// <param name="Base">A hash of the base model's weights.</param>
/// <param name="Parameters">Names and shapes of what is trained, one a line.</param>
internal sealed record TrainingIdentity(string Training, string Environment, string Base, string Parameters)
{
    /// <summary>The identity of a training that is about to begin.</summary>
    public static TrainingIdentity Of(SequenceClassifier classifier, TrainingSet train, TrainingSet? validation, TrainingOptions options, ulong seed)
    {
        string baseModel = BaseOf(classifier);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(hash, train);
        if (validation is not null)
            Add(hash, validation);
        TrainingOptions relevant = options.Snapshot();
        relevant.CheckpointDirectory = null; // where and how often states are written changes nothing
        relevant.CheckpointEverySteps = null;
        relevant.CheckpointInterval = TimeSpan.FromMinutes(1);
        relevant.OnCancel = CancelMode.Throw;
        relevant.Resume = ResumeMode.Auto;
        relevant.ResumeInOtherEnvironment = false;
        relevant.MaxDuration = null;
        relevant.ThreadCount = null; // the environment has the number in force
        relevant.RecomputeActivations = false;
        relevant.TokenCacheDirectory = null;
        relevant.TokenCacheThreshold = 0;
        relevant.StartFrom = null; // the initial parameters tell
        hash.AppendData(JsonSerializer.SerializeToUtf8Bytes(relevant));
        hash.AppendData(PeftFormat.WriteConfig(classifier.Options, classifier.Model.DefaultTargetModules, true, null));
        hash.AppendData(BitConverter.GetBytes(seed));
        hash.AppendData(BitConverter.GetBytes(classifier.Head.Dropout));
        foreach (float[] values in classifier.CopyParameters())
            hash.AppendData(MemoryMarshal.AsBytes(values.AsSpan()));
        hash.AppendData(Encoding.UTF8.GetBytes(baseModel));
        return new TrainingIdentity(Convert.ToHexString(hash.GetHashAndReset()), EnvironmentOf(classifier), baseModel, ParametersOf(classifier));
    }

    /// <summary>A hash of the base model's weights.</summary>
    public static string BaseOf(SequenceClassifier classifier)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((string name, Tensor weight) in classifier.Model.Weights.OrderBy(w => w.Key, StringComparer.Ordinal))
            Add(hash, name, weight);
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    /// <summary>Names and shapes of what is trained, one a line.</summary>
    public static string ParametersOf(SequenceClassifier classifier) =>
        string.Join('\n', classifier.Parameters.Select(p => $"{p.Name} [{string.Join(", ", p.Value.shape)}]"));

    private static string EnvironmentOf(SequenceClassifier classifier)
    {
        string vectors = Avx512F.IsSupported ? "avx512" : Avx2.IsSupported ? "avx2" : Vector128.IsHardwareAccelerated ? "128-bit vectors" : "no vectors";
        return $"{classifier.Model.ComputeType} on {classifier.Model.Device.type}, libtorch {__version__}, {RuntimeInformation.ProcessArchitecture} {vectors}, kernels of {VectorKernels.Width} bits, {get_num_threads()} threads";
    }

    private static void Add(IncrementalHash hash, TrainingSet set)
    {
        hash.AppendData(BitConverter.GetBytes(set.Count));
        for (int i = 0; i < set.Count; i++)
        {
            Models.TokenizedRow row = set.Row(i);
            hash.AppendData(BitConverter.GetBytes(row.Ids.Length));
            hash.AppendData(MemoryMarshal.AsBytes(row.Ids.AsSpan()));
            if (row.TypeIds is not null)
                hash.AppendData(row.TypeIds);
            hash.AppendData(BitConverter.GetBytes(set.Label(i)));
            hash.AppendData(BitConverter.GetBytes(set.Weight(i)));
            hash.AppendData(BitConverter.GetBytes(row.ExampleId));
        }
    }

    private static void Add(IncrementalHash hash, string name, Tensor weight)
    {
        const int Chunk = 1 << 24;
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        hash.AppendData(Encoding.UTF8.GetBytes($"{name} {weight.dtype} [{string.Join(", ", weight.shape)}]"));
        Tensor flat = weight.detach().cpu().contiguous().view(-1);
        for (long start = 0; start < flat.numel(); start += Chunk)
            hash.AppendData(flat.narrow(0, start, Math.Min(Chunk, flat.numel() - start)).bytes);
    }
}
