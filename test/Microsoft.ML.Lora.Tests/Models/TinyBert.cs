using System.Text.Json;
using Microsoft.ML.Lora.Checkpoints;
using Microsoft.ML.Lora.Kernels;
using Microsoft.ML.Lora.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Tests.Models;

/// <summary>A BERT with made-up weights, as a model or as a folder.</summary>
internal static class TinyBert
{
    public static readonly ModelConfig Config = new()
    {
        ModelType = "bert", HiddenSize = 24, Layers = 2, Heads = 3, IntermediateSize = 40, VocabSize = 50, MaxPositions = 40, TypeVocabSize = 2,
        HiddenAct = "gelu", LayerNormEps = 1e-12, HiddenDropout = 0.1f, AttentionDropout = 0.1f, ClassifierDropout = 0.1f, InitializerRange = 0.4f,
        PadTokenId = 0,
    };

    public static BertModel Model(ComputeType type = ComputeType.Float32, ModelConfig? config = null) =>
        new(config ?? Config, new SyntheticWeights(config ?? Config, new BertFamily().Tensors(config ?? Config), 5), type);

    /// <summary>Writes config.json and model.safetensors.</summary>
    /// <param name="folder">Made if it does not exist.</param>
    /// <param name="rename">Canonical name to the key in the file; null result: left out.</param>
    /// <param name="seed">Other seeds, other weights.</param>
    public static void Write(string folder, Func<string, string?>? rename = null, ulong seed = 5)
    {
        Directory.CreateDirectory(folder);
        WriteConfig(folder);
        SafetensorsWriter.WriteAtomic(Path.Combine(folder, "model.safetensors"), Items(rename, seed));
    }

    /// <summary>The tensors of such a folder.</summary>
    public static IReadOnlyList<SafetensorsItem> Items(Func<string, string?>? rename = null, ulong seed = 5)
    {
        IReadOnlyList<ExpectedTensor> tensors = new BertFamily().Tensors(Config);
        var weights = new SyntheticWeights(Config, tensors, seed);
        List<SafetensorsItem> items = [];
        foreach (ExpectedTensor tensor in tensors)
        {
            using Tensor value = weights.Take(tensor.Name, ScalarType.Float32);
            if ((rename is null ? tensor.Name : rename(tensor.Name)) is { } key)
                items.Add(new SafetensorsItem(key, SafetensorsType.F32, tensor.Shape, value.bytes.ToArray()));
        }

        return items;
    }

    public static void WriteConfig(string folder, string modelType = "bert") => File.WriteAllText(Path.Combine(folder, "config.json"),
        JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["model_type"] = modelType, ["hidden_size"] = Config.HiddenSize, ["num_hidden_layers"] = Config.Layers, ["num_attention_heads"] = Config.Heads,
            ["intermediate_size"] = Config.IntermediateSize, ["vocab_size"] = Config.VocabSize, ["max_position_embeddings"] = Config.MaxPositions,
            ["type_vocab_size"] = Config.TypeVocabSize,
        }));

    /// <summary>Rows of different lengths with made-up ids.</summary>
    public static TokenizedRow[] Rows(params int[] lengths) => [.. lengths.Select((length, row) =>
    {
        ulong key = CounterRandom.Key(1, RandomStreams.Synthetic, (ulong)row);
        return new TokenizedRow([.. Enumerable.Range(0, length).Select(i => (int)(CounterRandom.UInt32(key, (uint)i) % (uint)Config.VocabSize))],
            [.. Enumerable.Range(0, length).Select(i => (byte)(i > length / 2 ? 1 : 0))], 1000 + row);
    })];

    /// <summary>Hidden states per row, in the caller's order.</summary>
    public static float[][] Hidden(EncoderModel model, IReadOnlyList<TokenizedRow> rows, bool training = false, long step = 0)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        using PackedBatch batch = PackedBatch.Create(rows);
        var context = new ForwardContext { Batch = batch, ComputeType = model.ComputeType, Training = training, Seed = 7, Step = step };
        float[] all = model.Forward(context).Floats();
        float[][] result = new float[rows.Count][];
        for (int i = 0; i < rows.Count; i++)
            result[batch.Order[i]] = all.AsSpan(batch.RowStarts[i] * model.HiddenSize, rows[batch.Order[i]].Ids.Length * model.HiddenSize).ToArray();
        return result;
    }
}
