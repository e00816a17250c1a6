using System.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>
/// The 256 bytes in front of a model: where its parts lie (all offsets from the start of the header), and who reads it.
/// After the header: the model's bytes; the string table (the end of each string in the characters, int64); the characters
/// (UTF-16); the full name of the loader's assembly (UTF-16); the tail signature.
/// </summary>
internal struct ModelHeader
{
    public const int Size = 0x100;
    private const ulong FileSignature = 0x4C45444F4D004C4D;
    private const ulong TailSignature = 0x4D4C004D4F44454C;
    private const uint CurrentVersion = 0x00010002;
    private const uint OldestVersion = 0x00010001;

    public ulong Signature;
    public uint VerWritten;
    public uint VerReadable;
    public long FpModel;
    public long CbModel;
    public long FpStringTable;
    public long CbStringTable;
    public long FpStringChars;
    public long CbStringChars;
    public ulong ModelSignature;
    public uint ModelVerWritten;
    public uint ModelVerReadable;
    public string LoaderSignature;
    public string LoaderSignatureAlt;
    public long FpTail;
    public long FpLim;
    public long FpAssemblyName;
    public uint CbAssemblyName;

    /// <summary>Leaves room for a header, which <see cref="EndWrite"/> fills.</summary>
    public static ModelHeader BeginWrite(BinaryWriter writer, out long fpMin)
    {
        Contracts.CheckValue(writer, nameof(writer));
        writer.Flush();
        fpMin = writer.BaseStream.Position;
        writer.Write(new byte[Size]);
        return new ModelHeader
        {
            Signature = FileSignature,
            VerWritten = CurrentVersion,
            VerReadable = CurrentVersion,
            FpModel = Size,
        };
    }

    public void SetVersion(VersionInfo version)
    {
        ModelSignature = version.ModelSignature;
        ModelVerWritten = version.VerWrittenCur;
        ModelVerReadable = version.VerReadableCur;
        LoaderSignature = version.LoaderSignature;
        LoaderSignatureAlt = version.LoaderSignatureAlt;
    }

    public void EndWrite(BinaryWriter writer, long fpMin, IReadOnlyCollection<string> strings, string loaderAssemblyName)
    {
        writer.Flush();
        var stream = writer.BaseStream;
        CbModel = stream.Position - fpMin - FpModel;
        if (strings.Count > 0)
        {
            FpStringTable = stream.Position - fpMin;
            long end = 0;
            foreach (string text in strings)
                writer.Write(end += 2L * text.Length);
            CbStringTable = 8L * strings.Count;
            FpStringChars = FpStringTable + CbStringTable;
            CbStringChars = end;
            foreach (string text in strings)
                WriteUtf16(writer, text);
            writer.Flush();
        }
        if (!string.IsNullOrEmpty(loaderAssemblyName))
        {
            FpAssemblyName = stream.Position - fpMin;
            CbAssemblyName = 2 * (uint)loaderAssemblyName.Length;
            WriteUtf16(writer, loaderAssemblyName);
            writer.Flush();
        }
        FpTail = stream.Position - fpMin;
        writer.Write(TailSignature);
        FpLim = FpTail + sizeof(ulong);
        writer.Flush();
        stream.Position = fpMin;
        WriteHeader(writer);
        writer.Flush();
        stream.Position = fpMin + FpLim;
    }

    /// <summary>Reads and checks the header and what follows the model; leaves the reader at the model.</summary>
    public static ModelHeader BeginRead(BinaryReader reader, out long fpMin, out string[] strings, out string loaderAssemblyName)
    {
        var stream = reader.BaseStream;
        fpMin = stream.Position;
        byte[] bytes = reader.ReadBytes(Size);
        Contracts.CheckDecode(bytes.Length == Size);
        var header = Parse(bytes);
        header.Validate(stream.Length - fpMin);
        strings = header.ReadStrings(reader, fpMin);
        loaderAssemblyName = header.ReadAssemblyName(reader, fpMin, strings != null);
        stream.Position = fpMin + header.FpModel;
        return header;
    }

    public readonly void EndRead(BinaryReader reader, long fpMin)
    {
        Contracts.CheckDecode(FpModel + CbModel == reader.BaseStream.Position - fpMin);
        reader.BaseStream.Position = fpMin + FpLim;
    }

    public readonly void CheckVersion(VersionInfo version)
    {
        Contracts.CheckDecode(ModelSignature == version.ModelSignature, "Unknown file type");
        Contracts.CheckDecode(ModelVerReadable <= ModelVerWritten, "Corrupt file header");
        var product = typeof(VersionInfo).Assembly.GetName().Version;
        if (ModelVerReadable > version.VerWrittenCur)
        {
            throw Contracts.ExceptDecode("Cause: ML.NET {0} cannont read component '{1}' of the model, because the model is too new.\n"
                + "Suggestion: Make sure the model is trained with ML.NET {0} or older.\n"
                + "Debug details: Maximum expected version {2}, got {3}.",
                product, version.LoaderSignature, ModelVerReadable, version.VerWrittenCur);
        }
        if (ModelVerWritten < version.VerWeCanReadBack)
        {
            throw Contracts.ExceptDecode("Cause: ML.NET {0} cannot read component '{1}' of the model, because the model is too old.\n"
                + "Suggestion: Make sure the model is trained with ML.NET {0}.\n"
                + "Debug details: Minimum expected version {2}, got {3}.",
                product, version.LoaderSignature, ModelVerReadable, version.VerWrittenCur);
        }
    }

    private static void WriteUtf16(BinaryWriter writer, string text)
    {
        foreach (char c in text)
            writer.Write((ushort)c);
    }

    private static string ReadUtf16(BinaryReader reader, long length)
    {
        var text = new StringBuilder();
        for (long i = 0; i < length; i++)
            text.Append((char)reader.ReadUInt16());
        return text.ToString();
    }

    private static byte[] SignatureBytes(string signature)
    {
        var bytes = new byte[24];
        Contracts.Check(signature == null || signature.Length <= bytes.Length);
        for (int i = 0; i < (signature?.Length ?? 0); i++)
        {
            Contracts.Check(signature[i] <= 0xFF);
            bytes[i] = (byte)signature[i];
        }
        return bytes;
    }

    private static ModelHeader Parse(byte[] bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes));
        return new ModelHeader
        {
            Signature = reader.ReadUInt64(),
            VerWritten = reader.ReadUInt32(),
            VerReadable = reader.ReadUInt32(),
            FpModel = reader.ReadInt64(),
            CbModel = reader.ReadInt64(),
            FpStringTable = reader.ReadInt64(),
            CbStringTable = reader.ReadInt64(),
            FpStringChars = reader.ReadInt64(),
            CbStringChars = reader.ReadInt64(),
            ModelSignature = reader.ReadUInt64(),
            ModelVerWritten = reader.ReadUInt32(),
            ModelVerReadable = reader.ReadUInt32(),
            LoaderSignature = Encoding.Latin1.GetString(reader.ReadBytes(24)).TrimEnd('\0'),
            LoaderSignatureAlt = Encoding.Latin1.GetString(reader.ReadBytes(24)).TrimEnd('\0'),
            FpTail = reader.ReadInt64(),
            FpLim = reader.ReadInt64(),
            FpAssemblyName = reader.ReadInt64(),
            CbAssemblyName = reader.ReadUInt32(),
        };
    }

    private readonly void WriteHeader(BinaryWriter writer)
    {
        writer.Write(Signature);
        writer.Write(VerWritten);
        writer.Write(VerReadable);
        foreach (long value in (long[])[FpModel, CbModel, FpStringTable, CbStringTable, FpStringChars, CbStringChars])
            writer.Write(value);
        writer.Write(ModelSignature);
        writer.Write(ModelVerWritten);
        writer.Write(ModelVerReadable);
        writer.Write(SignatureBytes(LoaderSignature));
        writer.Write(SignatureBytes(LoaderSignatureAlt));
        writer.Write(FpTail);
        writer.Write(FpLim);
        writer.Write(FpAssemblyName);
        writer.Write(CbAssemblyName);
    }

    private readonly void Validate(long size)
    {
        Contracts.CheckDecode(Signature == FileSignature, "Wrong file type");
        Contracts.CheckDecode(VerReadable <= VerWritten, "Corrupt file header");
        Contracts.CheckDecode(VerReadable <= CurrentVersion, "File is too new");
        Contracts.CheckDecode(VerWritten >= OldestVersion, "File is too old");
        Contracts.CheckDecode(FpModel == Size && CbModel >= 0);
        long end = FpModel + CbModel;
        if (FpStringTable == 0)
        {
            Contracts.CheckDecode(CbStringTable == 0 && FpStringChars == 0 && CbStringChars == 0);
        }
        else
        {
            // The parts follow each other without gaps.
            Contracts.CheckDecode(FpStringTable == end && CbStringTable > 0 && CbStringTable % 8 == 0);
            Contracts.CheckDecode(CbStringTable / 8 < int.MaxValue && FpStringChars == FpStringTable + CbStringTable);
            Contracts.CheckDecode(CbStringChars % 2 == 0 && CbStringChars >= 0);
            end = FpStringChars + CbStringChars;
        }
        if (HasAssemblyName)
        {
            Contracts.CheckDecode(FpAssemblyName == end && CbAssemblyName % 2 == 0);
            end += CbAssemblyName;
        }
        else
        {
            Contracts.CheckDecode(VerWritten < CurrentVersion || CbAssemblyName == 0);
        }
        Contracts.CheckDecode(FpTail == end && FpLim == FpTail + sizeof(ulong));
        Contracts.CheckDecode(size == 0 || size >= FpLim);
    }

    private readonly bool HasAssemblyName => VerWritten >= CurrentVersion && FpAssemblyName != 0;

    private readonly string[] ReadStrings(BinaryReader reader, long fpMin)
    {
        if (FpStringTable == 0)
            return null;
        reader.BaseStream.Position = fpMin + FpStringTable;
        var ends = new List<long>();
        for (long i = 0; i < CbStringTable / 8; i++)
            ends.Add(reader.ReadInt64());
        Contracts.CheckDecode(ends[^1] == CbStringChars);
        var strings = new string[ends.Count];
        long start = 0;
        for (int i = 0; i < strings.Length; i++)
        {
            Contracts.CheckDecode(start <= ends[i] && ends[i] <= CbStringChars && ends[i] % 2 == 0);
            strings[i] = ReadUtf16(reader, (ends[i] - start) / 2);
            start = ends[i];
        }
        return strings;
    }

    private readonly string ReadAssemblyName(BinaryReader reader, long fpMin, bool hasStrings)
    {
        string name = null;
        if (HasAssemblyName)
        {
            reader.BaseStream.Position = fpMin + FpAssemblyName;
            name = ReadUtf16(reader, CbAssemblyName / 2);
        }
        else if (!hasStrings)
        {
            // Old models without strings were never checked further.
            if (VerWritten < CurrentVersion)
                return null;
            Contracts.CheckDecode(FpTail == Size);
        }
        Contracts.CheckDecode(FpTail == reader.BaseStream.Position - fpMin || !HasAssemblyName);
        reader.BaseStream.Position = fpMin + FpTail;
        Contracts.CheckDecode(reader.ReadUInt64() == TailSignature, "Corrupt model file tail");
        return name;
    }
}
