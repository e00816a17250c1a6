using System.Text.Json;
using Microsoft.ML.Lora.Checkpoints;
using Microsoft.ML.Lora.Kernels;

namespace Microsoft.ML.Lora.Tests;

/// <summary>
/// A BERT base model with random weights in a folder of its own, small enough that a test trains it in a second:
/// 2 layers of width 32, a vocabulary of some words, mean pooling.
/// </summary>
internal sealed class TinyBase : IDisposable
{
    private const int Hidden = 32;
    private const int Layers = 2;
    private const int Intermediate = 64;

    public static readonly string[] Words =
    [
        "the", "a", "my", "is", "not", "where", "when", "how", "please", "card", "order", "refund", "money", "parcel", "late", "lost",
        "password", "login", "account", "reset", "invoice", "address", "change", "cancel", "hello", "thanks", "pay", "track",
    ];

    public TinyBase(ulong seed = 1, int maxPositions = 64, string? folder = null)
    {
        Folder = folder ?? Path.Combine(Path.GetTempPath(), $"tiny-base-{Guid.NewGuid():N}");
        Directory.CreateDirectory(Folder);
        string[] vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", .. Words, .. "abcdefghijklmnopqrstuvwxyz".Select(c => $"##{c}"), .. "abcdefghijklmnopqrstuvwxyz.,?!".Select(c => $"{c}")];
        vocabulary = [.. vocabulary.Distinct()];
        File.WriteAllLines(Path.Combine(Folder, "vocab.txt"), vocabulary);
        File.WriteAllText(Path.Combine(Folder, "tokenizer_config.json"),
            JsonSerializer.Serialize(new { tokenizer_class = "BertTokenizer", do_lower_case = true, model_max_length = maxPositions }));
        File.WriteAllText(Path.Combine(Folder, "config.json"), JsonSerializer.Serialize(new
        {
            model_type = "bert",
            architectures = new[] { "BertModel" },
            vocab_size = vocabulary.Length,
            hidden_size = Hidden,
            num_hidden_layers = Layers,
            num_attention_heads = 2,
            intermediate_size = Intermediate,
            max_position_embeddings = maxPositions,
            type_vocab_size = 2,
            hidden_act = "gelu",
            hidden_dropout_prob = 0.1,
            attention_probs_dropout_prob = 0.1,
            layer_norm_eps = 1e-12,
            initializer_range = 0.02,
            pad_token_id = 0,
        }));
        Directory.CreateDirectory(Path.Combine(Folder, "1_Pooling"));
        File.WriteAllText(Path.Combine(Folder, "1_Pooling", "config.json"),
            JsonSerializer.Serialize(new { word_embedding_dimension = Hidden, pooling_mode_mean_tokens = true, pooling_mode_cls_token = false }));
        File.WriteAllText(Path.Combine(Folder, "modules.json"), JsonSerializer.Serialize(new object[]
        {
            new { idx = 0, name = "0", path = "", type = "sentence_transformers.models.Transformer" },
            new { idx = 1, name = "1", path = "1_Pooling", type = "sentence_transformers.models.Pooling" },
        }));
        SafetensorsWriter.WriteAtomic(Path.Combine(Folder, "model.safetensors"), Tensors(seed, vocabulary.Length, maxPositions));
    }

    /// <summary>Where it lies.</summary>
    public string Folder { get; }

    public BaseModel Model => BaseModel.FromDirectory(Folder);

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static IEnumerable<SafetensorsItem> Tensors(ulong seed, int vocabulary, int positions)
    {
        ulong stream = 0;
        SafetensorsItem Normal(string name, float mean, float std, params long[] shape)
        {
            float[] values = new float[shape.Aggregate(1L, (a, b) => a * b)];
            CounterRandom.FillNormal(CounterRandom.Key(seed, RandomStreams.Synthetic, stream++), std, values);
            for (int i = 0; i < values.Length; i++)
                values[i] += mean;
            return SafetensorsItem.FromFloats(name, shape, values);
        }

        IEnumerable<SafetensorsItem> Linear(string path, int input, int output) =>
            [Normal($"{path}.weight", 0, 1f / MathF.Sqrt(input), output, input), Normal($"{path}.bias", 0, 0.02f, output)];
        IEnumerable<SafetensorsItem> Norm(string path) => [Normal($"{path}.weight", 1, 0.1f, Hidden), Normal($"{path}.bias", 0, 0.1f, Hidden)];

        yield return Normal("embeddings.word_embeddings.weight", 0, 1, vocabulary, Hidden);
        yield return Normal("embeddings.position_embeddings.weight", 0, 0.1f, positions, Hidden);
        yield return Normal("embeddings.token_type_embeddings.weight", 0, 0.1f, 2, Hidden);
        foreach (SafetensorsItem item in Norm("embeddings.LayerNorm"))
            yield return item;
        for (int layer = 0; layer < Layers; layer++)
        {
            string path = $"encoder.layer.{layer}";
            IEnumerable<SafetensorsItem> all =
            [
                .. Linear($"{path}.attention.self.query", Hidden, Hidden),
                .. Linear($"{path}.attention.self.key", Hidden, Hidden),
                .. Linear($"{path}.attention.self.value", Hidden, Hidden),
                .. Linear($"{path}.attention.output.dense", Hidden, Hidden),
                .. Norm($"{path}.attention.output.LayerNorm"),
                .. Linear($"{path}.intermediate.dense", Hidden, Intermediate),
                .. Linear($"{path}.output.dense", Intermediate, Hidden),
                .. Norm($"{path}.output.LayerNorm"),
            ];
            foreach (SafetensorsItem item in all)
                yield return item;
        }

        foreach (SafetensorsItem item in Linear("pooler.dense", Hidden, Hidden))
            yield return item;
    }
}
