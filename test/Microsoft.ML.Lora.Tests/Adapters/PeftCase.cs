using Microsoft.ML.Lora.Adapters;
using Microsoft.ML.Lora.Checkpoints;
using Microsoft.ML.Lora.Models;

namespace Microsoft.ML.Lora.Tests.Adapters;

/// <summary>A recorded adapter folder bound to its base: what the product makes of it.</summary>
internal sealed class PeftCase : IDisposable
{
    private readonly BaseModelHandle _handle;

    private PeftCase(BaseModelHandle handle, SequenceClassifier classifier, InjectionPlan plan, PeftConfig config)
    {
        _handle = handle;
        Classifier = classifier;
        Plan = plan;
        Config = config;
    }

    public SequenceClassifier Classifier { get; }

    public EncoderModel Model => _handle.Model;

    public InjectionPlan Plan { get; }

    public PeftConfig Config { get; }

    public static string BaseFolder(string name) => GoldenFiles.Folder("peft", "bases", name);

    /// <summary>Opens an adapter on a base; where the file has no head, the base's own is used, as the recorded library does.</summary>
    public static PeftCase Open(string adapterFolder, string baseName)
    {
        PeftAdapter file = PeftFormat.ReadFolder(adapterFolder);
        BaseModel source = BaseModel.FromDirectory(BaseFolder(baseName));
        BaseModelHandle handle = source.Acquire(ComputeType.Float32);
        try
        {
            var pooling = new Pooling(source.Pooling, handle.Model);
            LoraAdapter? adapter = file.Bind(handle.Model, pooling.OutputSize, out InjectionPlan plan);
            ClassifierHead head = file.CreateHead(0, handle.Model.Device) ?? BaseHead(baseName);
            return new PeftCase(handle, new SequenceClassifier(handle.Model, pooling, adapter, head), plan, file.Config);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>The classifier that the base's own checkpoint has.</summary>
    public static ClassifierHead BaseHead(string baseName)
    {
        using var tensors = new GoldenTensors(Path.Combine(BaseFolder(baseName), "model.safetensors"));
        return new ClassifierHead(tensors.Floats("classifier.weight"), tensors.Floats("classifier.bias"), tensors.Shape("classifier.weight")[1], 0, TorchSharp.torch.CPU);
    }

    /// <summary>Why a base is not one of the product's classifiers, by its own files; null where it is.</summary>
    public static string? UnsupportedBase(string name)
    {
        string folder = BaseFolder(name);
        try
        {
            _ = ModelFamily.Of(HuggingFaceConfig.Read(Path.Combine(folder, "config.json")));
        }
        catch (LoraFormatException e)
        {
            return $"its base: {e.Message}";
        }

        using var tensors = new GoldenTensors(Path.Combine(folder, "model.safetensors"));
        return tensors.Has("classifier.weight") ? null : $"its base, {name}, has no classifier of one layer";
    }

    /// <summary>Why the product does not read an adapter, by its configuration; null where it does.</summary>
    public static string? Unsupported(string adapterFolder)
    {
        string path = Path.Combine(adapterFolder, PeftFormat.ConfigFileName);
        try
        {
            PeftConfig.Parse(File.ReadAllBytes(path), PeftFormat.ConfigFileName);
            return null;
        }
        catch (LoraFormatException e)
        {
            return e.Message;
        }
    }

    /// <summary>Parameter names as the recorded library has them in memory, made into file keys.</summary>
    public static string FileKey(string parameterName) => parameterName.Replace(".modules_to_save.default.", ".").Replace(".default.", ".");

    /// <summary>Logits in the order of the rows.</summary>
    public float[] Score(IReadOnlyList<TokenizedRow> rows, MergedAdapter? merged = null)
    {
        float[] logits = new float[rows.Count * Classifier.Classes];
        Classifier.Score(rows, merged, logits);
        return logits;
    }

    public void Dispose()
    {
        Classifier.Dispose();
        _handle.Dispose();
    }
}
