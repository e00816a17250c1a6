using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using Microsoft.ML.Data;
using Microsoft.ML.Lora.Tests.Checkpoints.Pickles;
using Microsoft.ML.Lora.Tests.Estimators;

namespace Microsoft.ML.Lora.Tests.Fuzzing;

/// <summary>A saved pipeline with our transformer in it: what still loads is given its base model and scores.</summary>
internal sealed class ModelZipFuzz : FuzzFormat
{
    private const string Folder = "TransformerChain/Transform_001/";
    private const string Key = $"{Folder}Model.key";

    private static readonly string[] s_texts =
        ["Text", "Pair", "Label", "Score", "PredictedLabel", "LORA", "SEQ_CLS", "query", "classifier", "all-linear", "(", "Mean", "Pooler", "Cls+Max", "vocab.txt", "Never", "../x", new string('x', 300)];

    private readonly TinyClassifier _tiny = new();
    private readonly IDataView _rows;

    public ModelZipFuzz()
    {
        Files = [new FuzzFile("model.zip", Nameless(_tiny.Zip, _tiny.Base))];
        _rows = _tiny.Ml.Data.LoadFromEnumerable(Messages.Make(2, seed: 5));
    }

    public override string Name => "zip";

    public override IReadOnlyList<FuzzFile> Files { get; }

    /// <summary>A file of the transformer's, with its length and hash in the list of files made right again; else the bytes of the zip.</summary>
    public override byte[] Mutate(FuzzFile file, Random random)
    {
        if (random.Next(8) == 0)
            return ByteMutator.Flip(file.Content, random);
        Dictionary<string, byte[]> entries = Entries(file.Content);
        string[] ours = [.. entries.Keys.Where(name => name.StartsWith(Folder, StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        string chosen = ours[random.Next(ours.Length)];
        if (random.Next(20) == 0)
        {
            entries.Remove(chosen);
            return TorchWriter.Archive(entries);
        }

        byte[] old = entries[chosen];
        byte[] changed = Path.GetExtension(chosen) switch
        {
            ".json" when old.Length > 0 => new JsonMutator(random, s_texts).Mutate(old),
            ".safetensors" => SafetensorsFuzz.MutateContent(old, random),
            _ => ByteMutator.Flip(old, random),
        };
        entries[chosen] = changed;
        if (chosen != Key && random.Next(12) != 0)
            entries[Key] = WithHash(entries[Key], old, changed);
        return TorchWriter.Archive(entries);
    }

    /// <summary>ML.NET unpacks the zip, our part reads its files, and the classifier takes its memory again.</summary>
    public override long MostBytes(long length) => (64L << 20) + (1000 * length);

    /// <summary>
    /// What docs/zip-format.md says of loading: LoraFormatException, ArgumentOutOfRangeException or BaseModelException for our part, wrapped by ML.NET or not;
    /// for the zip itself and ML.NET's own parts, what .NET and ML.NET throw, which must not come out of our code.
    /// </summary>
    public override string? Objection(FuzzFile file, Exception exception)
    {
        Exception innermost = exception;
        for (Exception? e = exception; e is not null; e = e.InnerException)
        {
            if (e is LoraFormatException)
                return base.Objection(file, e);
            innermost = e;
        }

        // A text with an unknown word and a damaged vocabulary without a token for it: the tokenizer's Encode documents it.
        bool isEncode = innermost is InvalidOperationException && (innermost.StackTrace ?? "").Contains($"at {typeof(Lora.Text.TextEncoder).FullName}.Encode", StringComparison.Ordinal);
        if (innermost is BaseModelException or ArgumentOutOfRangeException || isEncode)
            return null;
        string thrower = (innermost.StackTrace ?? "").Split('\n').Select(line => line.Trim()).FirstOrDefault(line => !line.StartsWith("at System.", StringComparison.Ordinal)) ?? "";
        if (thrower.StartsWith("at Microsoft.ML.Lora.", StringComparison.Ordinal) && !thrower.StartsWith("at Microsoft.ML.Lora.Tests.", StringComparison.Ordinal))
            return "not an exception that our part of loading documents";
        return innermost is FormatException or InvalidOperationException or InvalidDataException or IOException or NotSupportedException or ArgumentException or OverflowException
            ? null
            : "not an exception that loading documents";
    }

    public override void Read(FuzzFile file, byte[] input, FuzzProgress progress)
    {
        try
        {
            ITransformer model = _tiny.Ml.Model.Load(new MemoryStream(input), out _);
            progress.IsPastHeader = true;
            using var classifier = ((IEnumerable<ITransformer>)model).OfType<LoraTextClassificationTransformer>().FirstOrDefault()
                ?? throw new FormatException("The pipeline has no classifier any more.");
            classifier.BindBase(_tiny.Base.Model);
            string score = classifier.State.Settings.Columns.Score;
            float[][] scores = [.. classifier.Transform(_rows).GetColumn<float[]>(score)];
            progress.IsAccepted = scores.Length == 2;
        }
        catch (Exception e)
        {
            for (Exception? inner = e; inner is not null; inner = inner.InnerException)
                progress.IsPastHeader |= inner is LoraFormatException;
            throw;
        }
    }

    /// <inheritdoc/>
    public override void Dispose() => _tiny.Dispose();

    /// <summary>The zip without the name of the base's folder, which is another one each time, and without the time.</summary>
    private static byte[] Nameless(byte[] zip, TinyBase tiny)
    {
        Dictionary<string, byte[]> entries = Entries(zip);
        foreach (string name in entries.Keys.Where(name => name.StartsWith(Folder, StringComparison.Ordinal) && name != Key).ToArray())
        {
            byte[] old = entries[name];
            entries[name] = TinyClassifier.Nameless(old, tiny);
            entries[Key] = WithHash(entries[Key], old, entries[name]);
        }

        return TorchWriter.Archive(entries);
    }

    private static byte[] WithHash(byte[] key, byte[] old, byte[] changed)
    {
        byte[] result = [.. key];
        int at = key.AsSpan().IndexOf(SHA256.HashData(old));
        if (at < sizeof(long))
            return result;
        BinaryPrimitives.WriteInt64LittleEndian(result.AsSpan(at - sizeof(long)), changed.LongLength);
        SHA256.HashData(changed, result.AsSpan(at));
        return result;
    }

    private static Dictionary<string, byte[]> Entries(byte[] zip)
    {
        var entries = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        using var archive = new ZipArchive(new MemoryStream(zip));
        foreach (ZipArchiveEntry entry in archive.Entries)
        {
            using Stream stream = entry.Open();
            using var copy = new MemoryStream();
            stream.CopyTo(copy);
            entries[entry.FullName.Replace('\\', '/')] = copy.ToArray();
        }

        return entries;
    }
}
