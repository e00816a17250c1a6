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
internal static class TrainingIdentity
{
    /// <summary>A hash of the rows, the options, the seed, the base model's weights and the initial parameters.</summary>
    public static string Of(SequenceClassifier classifier, TrainingSet train, TrainingSet? validation, TrainingOptions options, ulong seed)
    {
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
        hash.AppendData(JsonSerializer.SerializeToUtf8Bytes(relevant));
        hash.AppendData(PeftFormat.WriteConfig(classifier.Options, classifier.Model.DefaultTargetModules, true, null));
        hash.AppendData(BitConverter.GetBytes(seed));
        hash.AppendData(BitConverter.GetBytes(classifier.Head.Dropout));
        foreach (float[] values in classifier.CopyParameters())
            hash.AppendData(MemoryMarshal.AsBytes(values.AsSpan()));
        foreach ((string name, Tensor weight) in classifier.Model.Weights.OrderBy(w => w.Key, StringComparer.Ordinal))
            Add(hash, name, weight);
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    /// <summary>What the bits of a result depend on beside the training itself.</summary>
    public static string Environment(SequenceClassifier classifier)
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
