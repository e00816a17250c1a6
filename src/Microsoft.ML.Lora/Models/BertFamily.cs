using Microsoft.ML.Lora.Checkpoints;
using Microsoft.ML.Lora.Kernels;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Models;

/// <summary>BERT.</summary>
internal sealed class BertFamily : ModelFamily
{
    /// <inheritdoc/>
    public override string ModelType => "bert";

    /// <inheritdoc/>
    public override StateDictRules Rules { get; } = new()
    {
        Prefixes = ["bert."],
        HeadPrefixes = ["cls.", "classifier.", "qa_outputs."],
    };

    /// <inheritdoc/>
    public override ModelConfig ReadConfig(HuggingFaceConfig config)
    {
        float hiddenDropout = (float)config.Double("hidden_dropout_prob", 0.1, 0, 0.999);
        var result = new ModelConfig
        {
            ModelType = ModelType,
            HiddenSize = config.Int32("hidden_size", 768, 1, 1 << 16),
            Layers = config.Int32("num_hidden_layers", 12, 0, 1 << 10),
            Heads = config.Int32("num_attention_heads", 12, 1, 1 << 10),
            IntermediateSize = config.Int32("intermediate_size", 3072, 1, 1 << 20),
            VocabSize = config.Int32("vocab_size", 30522, 1, 1 << 24),
            MaxPositions = config.Int32("max_position_embeddings", 512, 1, 1 << 20),
            TypeVocabSize = config.Int32("type_vocab_size", 2, 1, 256),
            HiddenAct = config.String("hidden_act", "gelu"),
            LayerNormEps = config.Double("layer_norm_eps", 1e-12, 0, 1),
            HiddenDropout = hiddenDropout,
            AttentionDropout = (float)config.Double("attention_probs_dropout_prob", 0.1, 0, 0.999),
            ClassifierDropout = (float)config.Double("classifier_dropout", hiddenDropout, 0, 0.999),
            InitializerRange = (float)config.Double("initializer_range", 0.02, 0, 100),
            PadTokenId = config.Int32("pad_token_id", 0),
        };
        if (result.HiddenSize % result.Heads != 0)
            throw config.Wrong("num_attention_heads", $"{result.Heads}", $"a divisor of hidden_size, {result.HiddenSize}");
        if (!Activations.IsKnown(result.HiddenAct))
            throw config.Wrong("hidden_act", $"'{result.HiddenAct}'", $"one of {string.Join(", ", Activations.Names)}");
        if (config.String("position_embedding_type", "absolute") is var positions && positions != "absolute")
            throw config.Wrong("position_embedding_type", $"'{positions}'", "'absolute'");
        if (config.Boolean("is_decoder", false))
            throw config.Wrong("is_decoder", "true", "false: only encoders can be classified with");
        return result;
    }

    /// <inheritdoc/>
    public override IReadOnlyList<ExpectedTensor> Tensors(ModelConfig config)
    {
        List<ExpectedTensor> tensors = [];
        int hidden = config.HiddenSize, inner = config.IntermediateSize;
        tensors.Add(new("embeddings.word_embeddings.weight", [config.VocabSize, hidden]));
        tensors.Add(new("embeddings.position_embeddings.weight", [config.MaxPositions, hidden]));
        tensors.Add(new("embeddings.token_type_embeddings.weight", [config.TypeVocabSize, hidden]));
        AddPair("embeddings.LayerNorm", [hidden]);
        for (int i = 0; i < config.Layers; i++)
        {
            string path = $"encoder.layer.{i}";
            foreach (string name in (string[])["query", "key", "value"])
                AddPair($"{path}.attention.self.{name}", [hidden, hidden]);
            AddPair($"{path}.attention.output.dense", [hidden, hidden]);
            AddPair($"{path}.attention.output.LayerNorm", [hidden]);
            AddPair($"{path}.intermediate.dense", [inner, hidden]);
            AddPair($"{path}.output.dense", [hidden, inner]);
            AddPair($"{path}.output.LayerNorm", [hidden]);
        }

        AddPair("pooler.dense", [hidden, hidden], required: false);
        return tensors;

        void AddPair(string path, long[] shape, bool required = true)
        {
            tensors.Add(new($"{path}.weight", shape, required));
            tensors.Add(new($"{path}.bias", [shape[0]], required));
        }
    }

    /// <inheritdoc/>
    public override EncoderModel Build(ModelConfig config, IWeightProvider weights, ComputeType computeType, Device device) =>
        new BertModel(config, weights, computeType, device);
}
