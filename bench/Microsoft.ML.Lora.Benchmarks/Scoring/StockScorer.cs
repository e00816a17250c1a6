using Microsoft.ML.Lora.Adapters;
using Microsoft.ML.Lora.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Benchmarks.Scoring;

/// <summary>
/// What a user writes in plain TorchSharp, and what ML.NET's own text classifier does: one row per forward pass, without padding, stock operators in
/// float32, the adapters as they are trained (not merged), one product each for query, key and value. The same weights as the product's, so that its
/// logits can be checked.
/// </summary>
internal sealed class StockScorer(EncoderModel model, SequenceClassifier classifier)
{
    private readonly Dictionary<string, AdaptedPart> _adapters =
        (classifier.Adapter?.Parts ?? []).ToDictionary(part => part.Module.Module[model.PathPrefix.Length..], StringComparer.Ordinal);

    /// <summary>The logits of one row; the base pools by the mean.</summary>
    /// <param name="row">The row.</param>
    /// <param name="padTo">Tokens to pad to, masked as usual; null for none.</param>
    public float[] Score(TokenizedRow row, int? padTo = null)
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        int used = row.Ids.Length;
        long[] padded = new long[Math.Max(used, padTo ?? 0)];
        for (int i = 0; i < used; i++)
            padded[i] = row.Ids[i];
        Tensor ids = tensor(padded);
        Tensor? mask = padded.Length == used ? null : tensor(padded.Select((_, i) => i < used ? 0f : -10000f).ToArray()).view(1, 1, padded.Length);
        long length = padded.Length, heads = model.Config.Heads, size = model.Config.HeadSize;
        Tensor x = Norm("embeddings.LayerNorm", Weight("embeddings.word_embeddings.weight").index_select(0, ids)
            + Weight("embeddings.position_embeddings.weight").narrow(0, 0, length) + Weight("embeddings.token_type_embeddings.weight").narrow(0, 0, 1));
        for (int i = 0; i < model.Config.Layers; i++)
        {
            string layer = $"encoder.layer.{i}";
            Tensor query = Heads(Linear($"{layer}.attention.self.query", x)), key = Heads(Linear($"{layer}.attention.self.key", x)), value = Heads(Linear($"{layer}.attention.self.value", x));
            Tensor scores = query.matmul(key.transpose(-2, -1)) / Math.Sqrt(size);
            Tensor weights = (mask is null ? scores : scores + mask).softmax(-1);
            Tensor mixed = weights.matmul(value).transpose(0, 1).contiguous().view(length, heads * size);
            x = Norm($"{layer}.attention.output.LayerNorm", Linear($"{layer}.attention.output.dense", mixed) + x);
            x = Norm($"{layer}.output.LayerNorm", Linear($"{layer}.output.dense", Linear($"{layer}.intermediate.dense", x).gelu()) + x);
        }

        return ParameterValues.Read(nn.functional.linear(x.narrow(0, 0, used).mean([0], keepdim: true), classifier.Head.Weight, classifier.Head.Bias));

        Tensor Heads(Tensor t) => t.view(length, heads, size).transpose(0, 1);
    }

    private Tensor Weight(string name) => model.Weights[name];

    private Tensor Norm(string path, Tensor x) =>
        nn.functional.layer_norm(x, [x.shape[^1]], Weight($"{path}.weight"), Weight($"{path}.bias"), model.Config.LayerNormEps);

    private Tensor Linear(string path, Tensor x)
    {
        Tensor y = nn.functional.linear(x, Weight($"{path}.weight"), Weight($"{path}.bias"));
        return _adapters.TryGetValue(path, out AdaptedPart? part)
            ? y + nn.functional.linear(nn.functional.linear(x, part.A), part.B) * part.Scaling
            : y;
    }
}
