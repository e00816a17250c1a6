using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.ML.Lora.Checkpoints;

namespace Microsoft.ML.Lora.Training;

/// <summary>
/// All that a training needs to go on as if it had never stopped. Random numbers need no state: they are functions of seed, epoch and step.
/// </summary>
/// <param name="Position">Counters and finished epochs.</param>
/// <param name="Parameters">In the order of the classifier's parameters.</param>
/// <param name="Moments">What the optimizer remembers of each, by name.</param>
/// <param name="BestParameters">Those of the best evaluation; null when there is none.</param>
/// <param name="BestLogits">The best evaluation's logits on the validation rows; null when there is none.</param>
internal sealed record TrainingState(
    TrainingPosition Position,
    float[][] Parameters,
    IReadOnlyDictionary<string, float[][]> Moments,
    float[][]? BestParameters,
    float[]? BestLogits)
{
    private const string Format = "microsoft.ml.lora.checkpoint/2";

    private static readonly JsonSerializerOptions _json = new()
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, // a loss may be NaN; finite doubles survive text exactly
    };

    /// <summary>Writes a safetensors file.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="identity">Which training it is.</param>
    public void Write(Stream stream, TrainingIdentity identity)
    {
        var items = new List<SafetensorsItem>();
        Add("parameter", Parameters);
        foreach ((string name, float[][] moments) in Moments)
            Add(name, moments);
        Add("best_parameter", BestParameters ?? []);
        if (BestLogits is not null)
            items.Add(SafetensorsItem.FromFloats("best_logits", [BestLogits.Length], BestLogits));
        SafetensorsWriter.Write(stream, items, new Dictionary<string, string>
        {
            ["format"] = Format,
            ["identity"] = identity.Training,
            ["environment"] = identity.Environment,
            ["base"] = identity.Base,
            ["parameters"] = identity.Parameters,
            ["position"] = JsonSerializer.Serialize(Position, _json),
        });

        void Add(string name, float[][] tensors)
        {
            for (int i = 0; i < tensors.Length; i++)
                items.Add(SafetensorsItem.FromFloats($"{name}.{i}", [tensors[i].Length], tensors[i]));
        }
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <param name="path">The file.</param>
    /// <param name="lengths">Number of elements of each parameter.</param>
    /// <param name="moments">Names of what the optimizer remembers.</param>
    /// <param name="logits">Number of validation logits.</param>
    /// <returns>The state, and the identity it was written with.</returns>
    /// <exception cref="LoraFormatException">The file is damaged or not a checkpoint of such a training.</exception>
    public static (TrainingState State, TrainingIdentity Identity) Read(
        string path, IReadOnlyList<int> lengths, IEnumerable<string> moments, int logits)
    {
        using SafetensorsFile file = Open(path);
        TrainingPosition position;
        try
        {
            position = JsonSerializer.Deserialize<TrainingPosition>(file.Metadata.GetValueOrDefault("position") ?? "null", _json)
                ?? throw new LoraFormatException(path, "there is no position in it", "position");
        }
        catch (JsonException e)
        {
            throw new LoraFormatException(path, "the position is not valid JSON", "position", found: JsonText.Reason(e), inner: e);
        }

        bool hasBest = position.BestEpoch > 0;
        var state = new TrainingState(position, All("parameter"), moments.ToDictionary(name => name, All),
            hasBest ? All("best_parameter") : null, hasBest ? One("best_logits", logits) : null);
        return (state, IdentityOf(file));

        float[][] All(string name) => Tensors(file, path, name, lengths);

        float[] One(string name, int length) => Tensor(file, path, name, length);
    }

    /// <summary>Reads only what was trained.</summary>
    /// <param name="path">The file.</param>
    /// <param name="lengths">Number of elements of each parameter.</param>
    /// <param name="check">Told of which training it is before anything else is read; throws where that will not do.</param>
    /// <exception cref="LoraFormatException">The file is damaged or not a checkpoint.</exception>
    public static float[][] ReadParameters(string path, IReadOnlyList<int> lengths, Action<TrainingIdentity> check)
    {
        using SafetensorsFile file = Open(path);
        check(IdentityOf(file));
        return Tensors(file, path, "parameter", lengths);
    }

    private static SafetensorsFile Open(string path)
    {
        SafetensorsFile file = SafetensorsFile.Open(path);
        if (file.Metadata.GetValueOrDefault("format") is var format && format == Format)
            return file;
        file.Dispose();
        throw new LoraFormatException(path, "not a checkpoint", "format", found: format ?? "nothing", expected: Format);
    }

    private static TrainingIdentity IdentityOf(SafetensorsFile file)
    {
        return new TrainingIdentity(Text("identity"), Text("environment"), Text("base"), Text("parameters"));

        string Text(string key) => file.Metadata.GetValueOrDefault(key) ?? "";
    }

    private static float[][] Tensors(SafetensorsFile file, string path, string name, IReadOnlyList<int> lengths) =>
        [.. lengths.Select((length, i) => Tensor(file, path, $"{name}.{i}", length))];

    private static float[] Tensor(SafetensorsFile file, string path, string name, int length)
    {
        if (!file.ByName.TryGetValue(name, out SafetensorsEntry? entry) || entry.Type != SafetensorsType.F32 || entry.Count != length)
            throw new LoraFormatException(path, "the tensor is missing or of another size", name, found: entry?.Description ?? "nothing", expected: $"F32 [{length}]");
        float[] values = new float[length];
        file.ReadBytes(entry, 0, MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }
}
