using System.Security.Cryptography;

namespace Microsoft.ML.Lora.MLNetInterop;

/// <summary>
/// Puts named files into ML.NET's model zip and gets them back, each checked against its length and hash:
/// ML.NET's own checks would let a damaged entry through.
/// </summary>
internal static class ModelArchive
{
    /// <summary>The name under which ML.NET finds the loader of a saved text classifier.</summary>
    public const string TextClassification = "LoraTextClassification";

    private const string TextClassificationModel = "LORATXCL";
    private const int MostFiles = 256;
    private const long MostBytes = 1L << 31;

    /// <summary>Writes the files of a text classifier.</summary>
    public static void Save(ModelSaveContext context, IReadOnlyList<ModelFile> files)
    {
        context.CheckAtModel();
        context.SetVersionInfo(Version());

        // *** Binary format ***
        // int: number of files
        // for each file
        //   string: name of its stream
        //   long: length in bytes
        //   byte[32]: SHA-256
        context.Writer.Write(files.Count);
        foreach (ModelFile file in files)
        {
            context.Writer.Write(file.Name);
            context.Writer.Write(file.Content.LongLength);
            context.Writer.Write(SHA256.HashData(file.Content));
        }

        foreach (ModelFile file in files)
            context.SaveBinaryStream(file.Name, writer => writer.Write(file.Content));
    }

    /// <summary>Reads the files of a text classifier.</summary>
    /// <exception cref="LoraFormatException">A file is missing or damaged.</exception>
    public static ModelFiles Load(ModelLoadContext context)
    {
        context.CheckAtModel(Version());

        // *** Binary format ***
        // See Save.
        int count = context.Reader.ReadInt32();
        if (count is < 1 or > MostFiles)
            throw new LoraFormatException($"The saved model is damaged: it claims to hold {count} files; expected 1 to {MostFiles}.");

        var files = new ModelFiles();
        for (int i = 0; i < count; i++)
        {
            string name = context.Reader.ReadString();
            long length = context.Reader.ReadInt64();
            byte[] hash = context.Reader.ReadBytes(SHA256.HashSizeInBytes);
            if (name.Length == 0 || name.AsSpan().IndexOfAny('/', '\\') >= 0 || length is < 0 or > MostBytes || hash.Length != SHA256.HashSizeInBytes)
                throw new LoraFormatException($"The saved model is damaged: entry {i} of its list of files is not valid.");

            byte[]? content = null;
            if (!context.TryLoadBinaryStream(name, reader => content = Read(reader.BaseStream, name, length)))
                throw new LoraFormatException($"The saved model is damaged: '{name}' is missing from the zip.");
            if (!SHA256.HashData(content!).AsSpan().SequenceEqual(hash))
                throw new LoraFormatException($"The saved model is damaged: the content of '{name}' is not what was saved (its SHA-256 differs).");
            files.Add(name, content!);
        }

        return files;
    }

    private static VersionInfo Version() => new(
        modelSignature: TextClassificationModel,
        verWrittenCur: 0x00010001, // first version
        verReadableCur: 0x00010001,
        verWeCanReadBack: 0x00010001,
        loaderAssemblyName: typeof(ModelArchive).Assembly.FullName,
        loaderSignature: TextClassification);

    // Grows with what is really there, so that a wrong length cannot ask for memory.
    private static byte[] Read(Stream stream, string name, long length)
    {
        using var content = new MemoryStream();
        byte[] buffer = new byte[1 << 16];
        int read;
        while (content.Length <= length && (read = stream.Read(buffer)) > 0)
            content.Write(buffer, 0, read);
        if (content.Length != length)
        {
            string found = content.Length > length ? "more" : $"{content.Length}";
            throw new LoraFormatException($"The saved model is damaged: '{name}' has {found} bytes; expected {length}.");
        }

        return content.ToArray();
    }
}
