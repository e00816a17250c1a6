using System.Globalization;
using System.Security.Cryptography;
using System.Runtime.InteropServices;
using Microsoft.ML.Lora.Adapters;
using Microsoft.ML.Lora.Kernels;
using Microsoft.ML.Lora.Models;
using Microsoft.ML.Lora.Training;

namespace Microsoft.ML.Lora.Tests.Training;

/// <summary>
/// A small BERT with made-up weights and a task that needs the encoder: which of three marker tokens comes first in a row of random tokens
/// that holds all of them. A head on averaged embeddings alone cannot tell.
/// </summary>
internal static class TinyTask
{
    /// <summary>The role of a child process that trains and prints a hash: <c>train-tiny SEED</c>.</summary>
    public const string Role = "train-tiny";

    public const int Classes = 3;

    public static ModelConfig Config(float dropout = 0.1f) => new()
    {
        ModelType = "bert", HiddenSize = 32, Layers = 2, Heads = 4, IntermediateSize = 48, VocabSize = 60, MaxPositions = 40, TypeVocabSize = 2,
        HiddenAct = "gelu", LayerNormEps = 1e-12, HiddenDropout = dropout, AttentionDropout = dropout, ClassifierDropout = dropout,
        InitializerRange = 0.3f, PadTokenId = 0,
    };

    public static BertModel Model(ComputeType type = ComputeType.Float32, float dropout = 0.1f) =>
        new(Config(dropout), new SyntheticWeights(Config(dropout), new BertFamily().Tensors(Config(dropout)), 3), type);

    public static SequenceClassifier Classifier(EncoderModel model, LoraOptions? options = null, ulong seed = 1, double headDropout = 0.1) =>
        SequenceClassifier.Create(model, new Pooling(new PoolingSettings(PoolingMode.Mean), model), options ?? new LoraOptions(), Classes, headDropout, seed, out _);

    /// <summary>Rows of 8 to 20 tokens; some weigh less when <paramref name="weighted"/>.</summary>
    public static TrainingSet Rows(int count, ulong seed, bool weighted = false)
    {
        var set = new TrainingSet(Classes);
        for (int i = 0; i < count; i++)
        {
            ulong key = CounterRandom.Key(seed, RandomStreams.Synthetic, (ulong)i);
            int length = 8 + (int)(CounterRandom.UInt32(key, 0) % 13);
            int[] ids = new int[length];
            for (int t = 0; t < length; t++)
                ids[t] = 10 + (int)(CounterRandom.UInt32(key, 1 + (uint)t) % 50);
            int[] order = CounterRandom.Permutation(key, Classes);
            int[] places = [.. CounterRandom.Permutation(CounterRandom.Derive(key, 1), length).Take(Classes).Order()];
            for (int k = 0; k < Classes; k++)
                ids[places[k]] = 1 + order[k];
            byte[] types = i % 2 == 0 ? [] : [.. Enumerable.Range(0, length).Select(t => (byte)(t > length / 2 ? 1 : 0))];
            set.Add(ids, types, order[0], weighted ? 0.5f + i % 4 : 1);
        }

        return set;
    }

    public static TrainingResult Train(
        SequenceClassifier classifier, TrainingSet train, TrainingOptions options, ulong seed = 1, TrainingSet? validation = null,
        IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default) =>
        Trainer.Run(classifier, train, validation, options, seed, progress, _ => { }, _ => { }, cancellationToken);

    /// <summary>A hash of all trained numbers.</summary>
    public static string Hash(SequenceClassifier classifier)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (float[] values in classifier.CopyParameters())
            hash.AppendData(MemoryMarshal.AsBytes(values.AsSpan()));
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    /// <summary>A hash of the whole base.</summary>
    public static string Hash(EncoderModel model)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((string name, TorchSharp.torch.Tensor weight) in model.Weights.OrderBy(w => w.Key, StringComparer.Ordinal))
        {
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes(name));
            using TorchSharp.torch.Tensor plain = weight.contiguous().alias();
            hash.AppendData(plain.bytes);
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }

    /// <summary>The training whose bits two processes compare.</summary>
    public static string TrainAndHash(ulong seed)
    {
        using BertModel model = Model();
        using SequenceClassifier classifier = Classifier(model, seed: seed);
        TrainingResult result = Train(classifier, Rows(96, 1, weighted: true), new TrainingOptions { MaxEpochs = 3, BatchSize = 16, MaxTokensPerBatch = 100, ValidationFraction = 0.25 }, seed);
        return $"{Hash(classifier)} {Convert.ToHexString(SHA256.HashData(result.History.ToJson()))}";
    }

    /// <summary>The training that is interrupted: 12 epochs of 5 steps, with validation, so that every part of the state matters.</summary>
    public static TrainingOptions Checkpointed(string? folder) => new()
    {
        MaxEpochs = 12, BatchSize = 16, ValidationFraction = 0.25, LearningRate = 3e-3, CheckpointDirectory = folder, CheckpointEverySteps = folder is null ? null : 1,
    };

    public static string TrainCheckpointed(string? folder, IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default) =>
        TrainAndHash(Checkpointed(folder), progress, cancellationToken);

    /// <summary>Trains from the start and hashes the result: parameters and history.</summary>
    public static string TrainAndHash(
        TrainingOptions options, IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default, TrainingSet? rows = null)
    {
        using BertModel model = Model();
        using SequenceClassifier classifier = Classifier(model);
        TrainingResult result = Train(classifier, rows ?? Rows(96, 1, weighted: true), options, progress: progress, cancellationToken: cancellationToken);
        return $"{Hash(classifier)} {Convert.ToHexString(SHA256.HashData(result.History.ToJson()))}";
    }

    public static void RunAsChild(string[] args) => Console.WriteLine(TrainAndHash(ulong.Parse(args[0], CultureInfo.InvariantCulture)));
}
