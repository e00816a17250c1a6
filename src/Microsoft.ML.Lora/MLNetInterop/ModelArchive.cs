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
    private const long MostBytes = 1L << 40;

    /// <summary>Writes the files of a text classifier.</summary>
    /// <param name="context">Where to.</param>
    /// <param name="files">Files in memory.</param>
    /// <param name="largeFiles">Files on disk, by their names in the zip; they come last.</param>
    public static void Save(ModelSaveContext context, IReadOnlyList<ModelFile> files, IReadOnlyList<(string Name, string Path)> largeFiles)
    {
        context.CheckAtModel();
        context.SetVersionInfo(Version());

        // *** Binary format ***
        // int: number of files
        // for each file
        //   string: name of its stream
        //   long: length in bytes
        //   byte[32]: SHA-256
        context.Writer.Write(files.Count + largeFiles.Count);
        foreach (ModelFile file in files)
        {
            context.Writer.Write(file.Name);
            context.Writer.Write(file.Content.LongLength);
            context.Writer.Write(SHA256.HashData(file.Content));
        }

        foreach ((string name, string path) in largeFiles)
        {
            using FileStream file = File.OpenRead(path);
            context.Writer.Write(name);
            context.Writer.Write(file.Length);
            context.Writer.Write(SHA256.HashData(file));
        }

        foreach (ModelFile file in files)
            context.SaveBinaryStream(file.Name, writer => writer.Write(file.Content));
        foreach ((string name, string path) in largeFiles)
        {
            context.SaveBinaryStream(name, writer =>
            {
                using FileStream file = File.OpenRead(path);
                writer.Flush();
                file.CopyTo(writer.BaseStream);
            });
        }
    }

    /// <summary>Reads the files of a text classifier.</summary>
    /// <param name="context">Where from.</param>
    /// <param name="targetOf">Where a file shall go, given those read before: null for memory, a path to write to, empty to pass over it.</param>
    /// <exception cref="LoraFormatException">A file is missing or damaged.</exception>
    public static ModelFiles Load(ModelLoadContext context, Func<string, ModelFiles, string?> targetOf)
    {
        CheckHeader(context);

        // *** Binary format ***
        // See Save.
        int count = ReadCount(context.Reader);
        if (count is < 1 or > MostFiles)
            throw new LoraFormatException($"The saved model is damaged: it claims to hold {count} files; expected 1 to {MostFiles}.");

        var files = new ModelFiles();
        for (int i = 0; i < count; i++)
        {
            (string name, long length, byte[] hash) = ReadEntry(context.Reader, i);
            string shown = LoraFormatException.Shorten(name);
            if (name.Length == 0 || name.AsSpan().IndexOfAny('/', '\\') >= 0 || length is < 0 or > MostBytes || hash.Length != SHA256.HashSizeInBytes)
            {
                throw new LoraFormatException($"The saved model is damaged: entry {i} of its list of files is not valid; found '{shown}' of {length} bytes and a hash of {hash.Length}; " +
                    $"expected a name without folders, at most {MostBytes} bytes and a hash of {SHA256.HashSizeInBytes}.");
            }

            string? target = targetOf(name, files);
            if (target is "")
                continue;
            using Stream content = target is null ? new MemoryStream() : new FileStream(target, FileMode.CreateNew, FileAccess.ReadWrite);
            if (!TryRead(context, name, content, length))
                throw new LoraFormatException($"The saved model is damaged: '{shown}' is missing from the zip; expected {length} bytes.");
            content.Position = 0;
            byte[] found = SHA256.HashData(content);
            if (!found.AsSpan().SequenceEqual(hash))
            {
                throw new LoraFormatException($"The saved model is damaged: the content of '{shown}' is not what was saved: its SHA-256 differs; " +
                    $"found {Convert.ToHexString(found).ToLowerInvariant()}; expected {Convert.ToHexString(hash).ToLowerInvariant()}.");
            }

            if (content is MemoryStream memory)
                files.Add(name, memory.ToArray());
        }

        return files;
    }

    private static bool TryRead(ModelLoadContext context, string name, Stream content, long length)
    {
        try
        {
            return context.TryLoadBinaryStream(name, reader => Copy(reader.BaseStream, content, name, length));
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw new LoraFormatException($"The saved model is damaged: '{LoraFormatException.Shorten(name)}' cannot be taken out of the zip: {e.Message}", e);
        }
    }

    private static void CheckHeader(ModelLoadContext context)
    {
        try
        {
            context.CheckAtModel(Version());
        }
        catch (FormatException e)
        {
            throw new LoraFormatException($"The saved model is damaged, or a later version wrote it; its header is not that of a text classifier: {e.Message}", e);
        }
    }

    private static int ReadCount(BinaryReader reader)
    {
        try
        {
            return reader.ReadInt32();
        }
        catch (EndOfStreamException e)
        {
            throw new LoraFormatException("The saved model is damaged: its list of files is missing; found the end, expected the number of files.", e);
        }
    }

    private static (string Name, long Length, byte[] Hash) ReadEntry(BinaryReader reader, int index)
    {
        try
        {
            return (reader.ReadString(), reader.ReadInt64(), reader.ReadBytes(SHA256.HashSizeInBytes));
        }
        catch (Exception e) when (e is IOException or FormatException)
        {
            throw new LoraFormatException($"The saved model is damaged: its list of files ends, or is not readable, at entry {index}; expected a name, a length and a hash.", e);
        }
    }

    private static VersionInfo Version() => new(
        modelSignature: TextClassificationModel,
        verWrittenCur: 0x00010001, // first version
        verReadableCur: 0x00010001,
        verWeCanReadBack: 0x00010001,
        loaderAssemblyName: typeof(ModelArchive).Assembly.FullName,
        loaderSignature: TextClassification);

    // Grows with what is really there, so that a wrong length cannot ask for memory.
    private static void Copy(Stream stream, Stream content, string name, long length)
    {
        byte[] buffer = new byte[1 << 16];
        int read;
        while (content.Length <= length && (read = stream.Read(buffer)) > 0)
            content.Write(buffer, 0, read);
        if (content.Length != length)
        {
            string found = content.Length > length ? "more" : $"{content.Length}";
            throw new LoraFormatException($"The saved model is damaged: '{LoraFormatException.Shorten(name)}' has {found} bytes; expected {length}.");
        }
    }
}
