using System.Text.Json;
using Microsoft.ML.Lora.Adapters;
using Microsoft.ML.Lora.Data;
using Microsoft.ML.Lora.Models;
using Microsoft.ML.Lora.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Tests.Fuzzing;

/// <summary>
/// The configuration files of a model folder and of an adapter: what still opens is loaded, encodes a text and is run.
/// </summary>
internal sealed class ConfigFuzz : FuzzFormat
{
    private static readonly string[] s_texts =
    [
        "bert", "roberta", "gelu", "relu", "gelu_new", "absolute", "relative_key", "mean", "cls", "max", "BertTokenizer", "BertTokenizerFast", "T5Tokenizer", "[UNK]", "[CLS]", "[PAD]",
        "sentence_transformers.models.Pooling", "sentence_transformers.models.Normalize", "1_Pooling", "..", "model.safetensors", "LORA", "SEQ_CLS", "query", "classifier", "all-linear",
        "(a+)+$", "\uD83D\uDE00", new string('x', 300),
    ];

    private static readonly string[] s_names =
        ["config.json", "tokenizer_config.json", "special_tokens_map.json", "modules.json", Path.Combine("1_Pooling", "config.json"), "model.safetensors.index.json", "vocab.txt"];

    private readonly TinyClassifier _tiny = new();
    private readonly string _folder;

    public ConfigFuzz()
    {
        _folder = _tiny.Base.Folder;
        // As a folder with an index of one shard: the index is a file to damage, too.
        string[] keys;
        using (var weights = Microsoft.ML.Lora.Checkpoints.SafetensorsFile.Open(Path.Combine(_folder, "model.safetensors")))
            keys = [.. weights.Entries.Select(e => e.Name)];
        File.Move(Path.Combine(_folder, "model.safetensors"), Path.Combine(_folder, "model-00001-of-00001.safetensors"));
        File.WriteAllText(Path.Combine(_folder, "model.safetensors.index.json"),
            JsonSerializer.Serialize(new { metadata = new { total_size = 1 }, weight_map = keys.ToDictionary(k => k, _ => "model-00001-of-00001.safetensors") }));
        File.WriteAllText(Path.Combine(_folder, "special_tokens_map.json"),
            JsonSerializer.Serialize(new { unk_token = "[UNK]", cls_token = new { content = "[CLS]", lstrip = false, rstrip = false, normalized = false, single_word = false }, pad_token = "[PAD]" }));
        Files = [.. s_names.Select(n => new FuzzFile(n, File.ReadAllBytes(Path.Combine(_folder, n)))), new FuzzFile(PeftFormat.ConfigFileName, TinyClassifier.Nameless(_tiny.AdapterConfig, _tiny.Base))];
    }

    public override string Name => "config";

    public override IReadOnlyList<FuzzFile> Files { get; }

    public override byte[] Mutate(FuzzFile file, Random random) =>
        IsText(file) ? ByteMutator.Flip(file.Content, random) : new JsonMutator(random, s_texts).Mutate(file.Content);

    public override long MostBytes(long length) => (64L << 20) + (1000 * length);

    /// <summary>A word list may have lost the token for unknown words, which the tokenizer's Encode documents.</summary>
    public override string? Objection(FuzzFile file, Exception exception) =>
        exception is BaseModelException || (exception is InvalidOperationException && IsText(file)) ? null : base.Objection(file, exception);

    public override void Read(FuzzFile file, byte[] input, FuzzProgress progress)
    {
        // A list of words has no header.
        progress.IsPastHeader = !IsText(file) && JsonMutator.IsJson(input);
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        if (file.Name == PeftFormat.ConfigFileName)
        {
            PeftAdapter adapter = PeftFormat.Read(input, _tiny.AdapterWeights);
            using BaseModelHandle handle = BaseModel.FromDirectory(_folder).Acquire(ComputeType.Float32);
            using LoraAdapter? bound = adapter.Bind(handle.Model, handle.Model.HiddenSize, out _);
            progress.IsAccepted = true;
            return;
        }

        string path = Path.Combine(_folder, file.Name);
        try
        {
            File.WriteAllBytes(path, input);
            Use(BaseModel.FromDirectory(_folder), progress);
        }
        finally
        {
            File.WriteAllBytes(path, file.Content);
        }
    }

    /// <inheritdoc/>
    public override void Dispose() => _tiny.Dispose();

    private void Use(BaseModel model, FuzzProgress progress)
    {
        RowEncoder encoder = RowEncoder.Create(HuggingFaceTokenizer.Load(_folder), model.Config, null);
        TokenizedText text = encoder.Encode("where is my parcel".AsMemory(), null);
        var row = new TokenizedRow(text.Ids, text.TypeIds, ExampleId: 1);
        using BaseModelHandle handle = model.Acquire(ComputeType.Float32);
        using PackedBatch batch = PackedBatch.Create([row]);
        var context = new ForwardContext { Batch = batch, ComputeType = ComputeType.Float32 };
        Tensor pooled = new Pooling(model.Pooling, handle.Model).Embed(handle.Model.Forward(context), context);
        progress.IsAccepted = pooled.shape[0] == 1;
    }

    private static bool IsText(FuzzFile file) => file.Name == "vocab.txt";
}
