using Microsoft.ML.Lora.Checkpoints;
using Microsoft.ML.Lora.Kernels;
using Microsoft.ML.Lora.Models;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Tests.Models;

/// <summary>The task heads of recorded BERT models, over the product's hidden states and poolings. Tensors belong to the current scope.</summary>
internal sealed class GoldenHeads(BaseModel source, EncoderModel model, Tensor hidden, ForwardContext context)
{
    private static readonly Dictionary<string, PoolingMode> s_poolings = new()
    {
        ["cls"] = PoolingMode.Cls, ["max"] = PoolingMode.Max, ["mean"] = PoolingMode.Mean, ["mean_sqrt_len"] = PoolingMode.MeanSqrtLength,
        ["weightedmean"] = PoolingMode.WeightedMean, ["lasttoken"] = PoolingMode.LastToken,
    };

    /// <summary>(rows, k) in packed order, or null where this output is none of rows.</summary>
    public Tensor? PerRow(string output)
    {
        if (output == "pooler_output")
            return new Pooling(new PoolingSettings(PoolingMode.Pooler), model).Pool(hidden, context);
        if (output == "sentence_embedding")
            return new Pooling(source.Pooling, model).Embed(hidden, context);
        if (output == "logits")
        {
            Tensor pooled = new Pooling(new PoolingSettings(PoolingMode.Pooler), model).Pool(hidden, context);
            return nn.functional.linear(pooled, Weight("classifier.weight"), Weight("classifier.bias"));
        }

        if (output == "seq_relationship_logits")
        {
            Tensor pooled = new Pooling(new PoolingSettings(PoolingMode.Pooler), model).Pool(hidden, context);
            return nn.functional.linear(pooled, Weight("cls.seq_relationship.weight"), Weight("cls.seq_relationship.bias"));
        }

        string[] parts = output.Split('.');
        return parts[0] == "pooled" && s_poolings.TryGetValue(parts[1], out PoolingMode mode)
            ? new Pooling(new PoolingSettings([mode], parts.Length > 2), model).Embed(hidden, context)
            : null;
    }

    /// <summary>(N, k), or null where this output is none of tokens.</summary>
    /// <param name="output">The output's name.</param>
    /// <param name="width">Its last dimension.</param>
    /// <param name="rank">How many dimensions were recorded.</param>
    public Tensor? PerToken(string output, int width, int rank)
    {
        Tensor states = hidden.to(ScalarType.Float32);
        if (output is "start_logits" or "end_logits")
            return nn.functional.linear(states, Weight("qa_outputs.weight"), Weight("qa_outputs.bias")).narrow(1, output[0] == 's' ? 0 : 1, 1);
        if (output == "prediction_logits")
            return Predictions(states);
        if (output != "logits" || rank != 3)
            return null;
        if (width != model.Config.VocabSize)
            return nn.functional.linear(states, Weight("classifier.weight"), Weight("classifier.bias"));
        return Predictions(states);
    }

    private Tensor Predictions(Tensor states)
    {
        const string Transform = "cls.predictions.transform";
        Tensor inner = Activations.Get(model.Config.HiddenAct)(
            nn.functional.linear(states, Weight($"{Transform}.dense.weight"), Weight($"{Transform}.dense.bias")));
        inner = nn.functional.layer_norm(inner, [model.HiddenSize], Weight($"{Transform}.LayerNorm.weight"), Weight($"{Transform}.LayerNorm.bias"),
            model.Config.LayerNormEps);
        return nn.functional.linear(inner, model.Weights["embeddings.word_embeddings.weight"], Weight("cls.predictions.bias"));
    }

    private Tensor Weight(string key)
    {
        using Checkpoint checkpoint = Checkpoint.Open(source.Directory);
        using var reader = new TensorReader();
        // The first checkpoints have older names.
        string stored = checkpoint.Entries.Select(e => e.Name).First(name => new StateDictRules().Forms(name).Contains(key));
        (TensorFile file, TensorEntry entry) = checkpoint.Find(stored);
        return reader.Read(file, entry, ScalarType.Float32);
    }
}
