using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Checkpoints;

/// <summary>
/// Makes tensors of the entries of checkpoint files: mapped where type and alignment allow and the caller wants it, else read and converted one by one.
/// Results belong to the current dispose scope.
/// </summary>
/// <param name="mayMap">False: files may vanish or change while they are used, so everything is copied.</param>
internal sealed class TensorReader(bool mayMap = false) : IDisposable
{
    private readonly Dictionary<(string Path, ScalarType Type), Tensor> _maps = [];

    /// <summary>Bytes that are only mapped, not resident on their own account.</summary>
    public long MappedBytes { get; private set; }

    /// <summary>Reads one tensor.</summary>
    /// <param name="file">The file.</param>
    /// <param name="entry">The tensor.</param>
    /// <param name="type">The wanted element type; null: the stored one (see <see cref="NaturalType"/>).</param>
    /// <param name="device">Where it goes; null: the CPU.</param>
    public Tensor Read(TensorFile file, TensorEntry entry, ScalarType? type = null, Device? device = null)
    {
        ScalarType wanted = type ?? NaturalType(entry.Type);
        bool onCpu = device is null || device.type == DeviceType.CPU;
        if (mayMap && onCpu && TryMap(file, entry, wanted) is { } mapped)
            return mapped;
        using DisposeScope scope = NewDisposeScope();
        Tensor stored = ReadStored(file, entry);
        Tensor result = stored.dtype == wanted ? stored : stored.to(wanted);
        return (onCpu ? result : result.to(device!)).MoveToOuterDisposeScope();
    }

    /// <summary>The torch type that holds every value of a stored type exactly; types that torch lacks are widened.</summary>
    public static ScalarType NaturalType(SafetensorsType type) => type switch
    {
        SafetensorsType.Bool => ScalarType.Bool,
        SafetensorsType.U8 => ScalarType.Byte,
        SafetensorsType.I8 => ScalarType.Int8,
        SafetensorsType.I16 => ScalarType.Int16,
        SafetensorsType.U16 or SafetensorsType.I32 => ScalarType.Int32,
        SafetensorsType.U32 or SafetensorsType.I64 or SafetensorsType.U64 => ScalarType.Int64,
        SafetensorsType.F16 => ScalarType.Float16,
        SafetensorsType.BF16 => ScalarType.BFloat16,
        SafetensorsType.F8E4M3 or SafetensorsType.F8E5M2 or SafetensorsType.F32 => ScalarType.Float32,
        SafetensorsType.F64 => ScalarType.Float64,
        SafetensorsType.C64 => ScalarType.ComplexFloat32,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };

    /// <summary>Frees the mappings; tensors made from them keep theirs.</summary>
    public void Dispose()
    {
        foreach (Tensor map in _maps.Values)
            map.Dispose();
        _maps.Clear();
    }

    /// <summary>True where a tensor of the natural type has the very bytes of the file.</summary>
    internal static bool IsAsStored(SafetensorsType type) => type is not (SafetensorsType.U16 or SafetensorsType.U32 or SafetensorsType.F8E4M3 or SafetensorsType.F8E5M2);

    private Tensor? TryMap(TensorFile file, TensorEntry entry, ScalarType wanted)
    {
        int size = entry.Type.Size();
        if (file.Path is null || !IsAsStored(entry.Type) || NaturalType(entry.Type) != wanted || entry.Count == 0 || file.PositionOf(entry) is not { } begin || begin % size != 0)
            return null;
        if (!_maps.TryGetValue((file.Path, wanted), out Tensor? map))
        {
            long elements = RealFile.Of(file.Path).Length / size;
            map = from_file(file.Path, shared: false, size: elements, dtype: wanted).DetachFromDisposeScope();
            _maps.Add((file.Path, wanted), map);
        }

        MappedBytes += entry.Length;
        using DisposeScope scope = NewDisposeScope();
        return map.narrow(0, begin / size, entry.Count).view(entry.Shape).MoveToOuterDisposeScope();
    }

    private static Tensor ReadStored(TensorFile file, TensorEntry entry)
    {
        Tensor tensor = empty(entry.Shape, NaturalType(entry.Type));
        if (entry.Count == 0)
            return tensor;
        if (IsAsStored(entry.Type))
        {
            FillFrom(file, entry, tensor);
            return tensor;
        }

        // In parts: one of them is all that is in memory twice.
        const int Part = 1 << 24;
        using DisposeScope scope = NewDisposeScope();
        Tensor flat = tensor.view(-1);
        byte[] raw = new byte[Math.Min(Part, entry.Length)];
        int size = entry.Type.Size();
        for (long offset = 0; offset < entry.Length; offset += Part)
        {
            Span<byte> part = raw.AsSpan(0, (int)Math.Min(Part, entry.Length - offset));
            file.ReadBytes(entry, offset, part);
            Widen(entry.Type, part, flat.narrow(0, offset / size, part.Length / size).bytes);
        }

        return tensor;
    }

    private static void Widen(SafetensorsType type, ReadOnlySpan<byte> raw, Span<byte> bytes)
    {
        switch (type)
        {
            case SafetensorsType.U16:
                Widen<ushort, int>(raw, bytes, v => v);
                break;
            case SafetensorsType.U32:
                Widen<uint, long>(raw, bytes, v => v);
                break;
            case SafetensorsType.F8E4M3:
                Widen<byte, float>(raw, bytes, Float8.FromE4M3);
                break;
            default:
                Widen<byte, float>(raw, bytes, Float8.FromE5M2);
                break;
        }
    }

    private static void FillFrom(TensorFile file, TensorEntry entry, Tensor tensor)
    {
        const int Chunk = 1 << 30;
        int size = entry.Type.Size();
        if (entry.Length <= Chunk)
        {
            file.ReadBytes(entry, 0, tensor.bytes);
            return;
        }

        using DisposeScope scope = NewDisposeScope();
        Tensor flat = tensor.view(-1);
        for (long offset = 0; offset < entry.Length; offset += Chunk)
        {
            long length = Math.Min(Chunk, entry.Length - offset);
            file.ReadBytes(entry, offset, flat.narrow(0, offset / size, length / size).bytes);
        }
    }

    private static void Widen<TFrom, TTo>(ReadOnlySpan<byte> raw, Span<byte> destination, Func<TFrom, TTo> convert)
        where TFrom : struct
        where TTo : struct
    {
        ReadOnlySpan<TFrom> from = MemoryMarshal.Cast<byte, TFrom>(raw);
        Span<TTo> to = MemoryMarshal.Cast<byte, TTo>(destination);
        for (int i = 0; i < from.Length; i++)
            to[i] = convert(from[i]);
    }
}
