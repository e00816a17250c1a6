using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Microsoft.ML.Lora.Checkpoints;
using Microsoft.ML.Lora.Kernels;
using Microsoft.ML.Lora.Models;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Adapters;

/// <summary>
/// An adapter read from PEFT's files, not yet bound to a model. Stricter than PEFT: a LoRA tensor that is missing, a tensor that belongs to
/// nothing, a number that is not finite are errors that name it.
/// </summary>
internal sealed partial class PeftAdapter
{
    private readonly SortedDictionary<string, (long[] Shape, float[] Values)> _tensors = new(StringComparer.Ordinal);
    private readonly string _file;

    public PeftAdapter(PeftConfig config, TensorFile file)
    {
        Config = config;
        _file = file.Name;
        foreach (TensorEntry entry in file.Entries)
        {
            if (Normalise(entry.Name) is not { } key)
                continue;
            if (!_tensors.TryAdd(key, (entry.Shape, ReadFloats(file, entry))))
                throw new LoraFormatException(file.Name, "there are two tensors for the same place", entry.Name);
        }

        Classes = ReadHeadShape();
    }

    public PeftConfig Config { get; }

    /// <summary>Classes of the stored head; 0 when the file has none.</summary>
    public int Classes { get; }

    /// <summary>Width of the stored head's input; 0 when the file has none.</summary>
    public int HeadInput { get; private set; }

    /// <summary>The stored head on the given device, or null when the file has none.</summary>
    public ClassifierHead? CreateHead(double dropout, Device device) => Classes == 0
        ? null
        : new ClassifierHead(_tensors[PeftFormat.HeadWeight].Values, _tensors[PeftFormat.HeadBias].Values, HeadInput, dropout, device);

    /// <summary>Makes the adapters for a model. Null where the file describes a head alone.</summary>
    /// <param name="model">The base model.</param>
    /// <param name="pooledSize">Width of what its pooling gives to the head.</param>
    /// <param name="plan">What was adapted.</param>
    /// <exception cref="LoraFormatException">The tensors are not those that the configuration means on this model; all problems together.</exception>
    public LoraAdapter? Bind(EncoderModel model, int pooledSize, out InjectionPlan plan)
    {
        plan = LoraInjector.PlanForFile(model, Config.Options);
        var problems = new List<string>();
        var expected = new HashSet<string>(StringComparer.Ordinal) { PeftFormat.HeadWeight, PeftFormat.HeadBias };
        foreach (InjectionPlan.Target target in plan.Targets)
        {
            Check(KeyOfA(target), target.Module.Rank, target.Part.InFeatures);
            Check(KeyOfB(target), target.Part.OutFeatures, target.Module.Rank);
        }

        problems.AddRange(_tensors.Keys.Where(k => !expected.Contains(k)).Select(k => $"the tensor '{k}' belongs to nothing that {Config.Name} adapts in this model"));
        if (plan.Targets.Count == 0 && !Config.Options.IsNone && problems.Count == 0)
            problems.Add($"the targets of {Config.Name} match no layer of this model, whose layers are named like '{model.PathPrefix}{model.Slots[0].Parts[0].Path}'");
        if (Classes > 0 && HeadInput != pooledSize)
            problems.Add($"'{PeftFormat.HeadWeight}' takes {HeadInput} inputs; the model's pooled vector has {pooledSize}");
        if (problems.Count > 0)
        {
            const int Shown = 8;
            string more = problems.Count > Shown ? $"; and {problems.Count - Shown} more" : "";
            throw new LoraFormatException($"'{_file}' does not fit the base model ({model.Config.ModelType}): {string.Join("; ", problems.Take(Shown))}{more}.");
        }

        return Config.Options.IsNone ? null : plan.Create(t => _tensors[KeyOfA(t)].Values, t => _tensors[KeyOfB(t)].Values);

        void Check(string key, long rows, long columns)
        {
            expected.Add(key);
            if (!_tensors.TryGetValue(key, out (long[] Shape, float[] Values) found))
                problems.Add($"the tensor '{key}' is missing");
            else if (!found.Shape.AsSpan().SequenceEqual([rows, columns]))
                problems.Add($"'{key}' is [{string.Join(", ", found.Shape)}], expected [{rows}, {columns}]");
        }
    }

    private static string KeyOfA(InjectionPlan.Target target) => $"{PeftFormat.ModelPrefix}{target.Module.Module}.lora_A.weight";

    private static string KeyOfB(InjectionPlan.Target target) => $"{PeftFormat.ModelPrefix}{target.Module.Module}.lora_B.weight";

    /// <summary>The key as it is written today, without adapter names; null for a tensor that is there but means nothing.</summary>
    private static string? Normalise(string key)
    {
        if (key.Contains(".original_module.", StringComparison.Ordinal))
            return null;
        if (!key.StartsWith(PeftFormat.ModelPrefix, StringComparison.Ordinal))
            key = PeftFormat.ModelPrefix + key;
        key = AdapterNameInLora().Replace(key, ".$1.weight");
        return AdapterNameInHead().Replace(key, ".");
    }

    [GeneratedRegex(@"\.(lora_[AB])\.[^.]+\.weight\z", RegexOptions.CultureInvariant)]
    private static partial Regex AdapterNameInLora();

    [GeneratedRegex(@"\.modules_to_save\.(?:[^.]+\.(?=(?:weight|bias)\z))?", RegexOptions.CultureInvariant)]
    private static partial Regex AdapterNameInHead();

    private static float[] ReadFloats(TensorFile file, TensorEntry entry)
    {
        byte[] bytes = new byte[entry.Length];
        file.ReadBytes(entry, 0, bytes);
        float[] values = entry.Type switch
        {
            SafetensorsType.F32 => MemoryMarshal.Cast<byte, float>(bytes).ToArray(),
            SafetensorsType.F64 => Array.ConvertAll(MemoryMarshal.Cast<byte, double>(bytes).ToArray(), x => (float)x),
            SafetensorsType.F16 => Array.ConvertAll(MemoryMarshal.Cast<byte, Half>(bytes).ToArray(), x => (float)x),
            SafetensorsType.BF16 => Array.ConvertAll(MemoryMarshal.Cast<byte, ushort>(bytes).ToArray(), x => BitConverter.UInt32BitsToSingle((uint)x << 16)),
            _ => throw new LoraFormatException(file.Name, "an adapter's tensors are floating point", entry.Name, found: entry.Description, expected: "F32, F16, BF16 or F64"),
        };
        int bad = Array.FindIndex(values, x => !float.IsFinite(x));
        if (bad >= 0)
            throw new LoraFormatException(file.Name, $"element {bad} is {values[bad]}", entry.Name, expected: "finite numbers");
        return values;
    }

    private int ReadHeadShape()
    {
        bool hasWeight = _tensors.TryGetValue(PeftFormat.HeadWeight, out (long[] Shape, float[] Values) weight);
        bool hasBias = _tensors.TryGetValue(PeftFormat.HeadBias, out (long[] Shape, float[] Values) bias);
        if (!hasWeight && !hasBias && !Config.SavesHead)
            return 0;
        if (!hasWeight || !hasBias)
            throw new LoraFormatException(_file, $"the tensor is missing, although {Config.Name} says that the classifier is stored", hasWeight ? PeftFormat.HeadBias : PeftFormat.HeadWeight);
        if (weight.Shape.Length != 2 || bias.Shape.Length != 1 || weight.Shape[0] != bias.Shape[0] || weight.Shape[0] < 1)
        {
            throw new LoraFormatException(_file, "the classifier's shapes do not fit together", PeftFormat.HeadWeight,
                found: $"weight [{string.Join(", ", weight.Shape)}], bias [{string.Join(", ", bias.Shape)}]", expected: "(classes, hidden) and (classes)");
        }

        HeadInput = (int)weight.Shape[1];
        return (int)weight.Shape[0];
    }
}
