using System.Text;
using Microsoft.ML.Lora.Tests.Estimators;

namespace Microsoft.ML.Lora.Tests.Fuzzing;

/// <summary>A trained pipeline on a tiny base model: the real model zip, adapter and folder that are damaged.</summary>
internal sealed class TinyClassifier : IDisposable
{
    public TinyClassifier()
    {
        Base = new TinyBase();
        ITransformer model = TinyPipeline.Fit(Ml, Base, rows: 24, epochs: 1);
        IDataView data = Ml.Data.LoadFromEnumerable(Messages.Make(1));
        using var stream = new MemoryStream();
        Ml.Model.Save(model, data.Schema, stream);
        Zip = stream.ToArray();
        AdapterConfig = TinyPipeline.Classifier(model).State.AdapterConfig;
        AdapterWeights = TinyPipeline.Classifier(model).State.AdapterWeights;
        (model as IDisposable)?.Dispose();
    }

    public MLContext Ml { get; } = new(seed: 1);

    public TinyBase Base { get; }

    public byte[] Zip { get; }

    public byte[] AdapterConfig { get; }

    public byte[] AdapterWeights { get; }

    /// <summary>A file without the name of the base's folder, which is another one each time: a name of the same length stands there.</summary>
    public static byte[] Nameless(byte[] content, TinyBase tiny)
    {
        byte[] name = Encoding.UTF8.GetBytes(Path.GetFileName(tiny.Folder)), result = [.. content];
        for (Span<byte> rest = result; rest.IndexOf(name) is var at and >= 0; rest = rest[(at + name.Length)..])
            rest.Slice(at, name.Length).Fill((byte)'b');
        return result;
    }

    public void Dispose() => Base.Dispose();
}
