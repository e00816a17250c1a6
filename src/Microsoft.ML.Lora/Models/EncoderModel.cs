using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Models;

/// <summary>An encoder of packed tokens. Immutable after loading; used by many threads at once. Dispose frees the weights.</summary>
internal abstract class EncoderModel : IDisposable
{
    /// <summary>What the folder's config.json says.</summary>
    public abstract ModelConfig Config { get; }

    /// <summary>All adaptable places, in module order.</summary>
    public abstract IReadOnlyList<LinearSlot> Slots { get; }

    /// <summary>The slot of the family's own pooler, which is among <see cref="Slots"/>, or null where the checkpoint has none.</summary>
    public abstract LinearSlot? Pooler { get; }

    /// <summary>All weights under their Hugging Face names without the model's prefix. Owned by the model; never written.</summary>
    public abstract IReadOnlyDictionary<string, Tensor> Weights { get; }

    /// <summary>What stands before the names and paths inside a task model: <c>bert.</c></summary>
    public abstract string PathPrefix { get; }

    /// <summary>The names of the family's default targets of LoRA, as PEFT's suffixes; for BERT query, key and value.</summary>
    public abstract IReadOnlyList<string> DefaultTargetModules { get; }

    /// <summary>The format the weights of products are kept in.</summary>
    public abstract ComputeType ComputeType { get; }

    /// <summary>Where the weights live.</summary>
    public abstract Device Device { get; }

    /// <summary>The width of the hidden states.</summary>
    public int HiddenSize => Config.HiddenSize;

    /// <summary>The longest row the model takes, special tokens included.</summary>
    public int MaxPositions => Config.MaxPositions;

    /// <summary>The number of parameters, each shared tensor once.</summary>
    public long ParameterCount => Weights.Values.Sum(w => w.numel());

    /// <summary>Computes the last hidden states.</summary>
    /// <param name="context">The rows and all that varies.</param>
    /// <param name="firstTokensOnly">
    /// Only those of the first token of each row, with the same dropout as if all were computed. The last layer then needs keys and values of all
    /// tokens, but one query a row, and its output projection and feed-forward part run over the rows alone: 6 % of BERT-base's products are left out on long rows.
    /// </param>
    /// <exception cref="LoraFormatException">A row has a token or a segment that the model has no embedding for.</exception>
    /// <returns>(N, hidden), or (rows, hidden) of the first tokens, in packed order, in the context's compute type.</returns>
    public abstract Tensor Forward(ForwardContext context, bool firstTokensOnly = false);

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>Refuses rows of a tokenizer that does not belong to the model.</summary>
    protected void CheckEmbeddings(PackedBatch batch)
    {
        if (batch.Largest.Id >= Config.VocabSize)
            throw new LoraFormatException($"The tokenizer gives the token {batch.Largest.Id}, and the base model has embeddings for {Config.VocabSize} tokens only: they do not belong together.");
        if (batch.Largest.TypeId >= Config.TypeVocabSize)
            throw new LoraFormatException($"The tokenizer gives the segment {batch.Largest.TypeId}, and the base model has embeddings for {Config.TypeVocabSize} only: they do not belong together.");
    }
}
