using System.Runtime.InteropServices;
using Microsoft.ML.Lora.Checkpoints;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests;

/// <summary>The tensors of a golden file as arrays.</summary>
internal sealed class GoldenTensors(string path) : IDisposable
{
    private readonly SafetensorsFile _file = SafetensorsFile.Open(path);

    public IEnumerable<string> Names => _file.Entries.Select(e => e.Name);

    public bool Has(string name) => _file.ByName.ContainsKey(name);

    public int[] Shape(string name) => [.. Entry(name).Shape.Select(d => (int)d)];

    public SafetensorsType Type(string name) => Entry(name).Type;

    public long[] Longs(string name) => Values<long>(name, SafetensorsType.I64);

    public float[] Floats(string name) => Entry(name).Type switch
    {
        SafetensorsType.F32 => Values<float>(name, SafetensorsType.F32),
        SafetensorsType.F64 => [.. Values<double>(name, SafetensorsType.F64).Select(v => (float)v)],
        SafetensorsType.F16 => [.. Values<Half>(name, SafetensorsType.F16).Select(v => (float)v)],
        SafetensorsType.BF16 => [.. Values<ushort>(name, SafetensorsType.BF16).Select(v => BitConverter.UInt32BitsToSingle((uint)v << 16))],
        SafetensorsType other => throw new AssertFailedException($"'{name}' in '{_file.Name}' is {other}, not floating point."),
    };

    public double[] Doubles(string name) => Entry(name).Type == SafetensorsType.F64
        ? Values<double>(name, SafetensorsType.F64)
        : [.. Floats(name).Select(v => (double)v)];

    public void Dispose() => _file.Dispose();

    private SafetensorsEntry Entry(string name) =>
        _file.ByName.TryGetValue(name, out SafetensorsEntry? entry) ? entry : throw new AssertFailedException($"'{_file.Name}' has no tensor '{name}'.");

    private T[] Values<T>(string name, SafetensorsType type)
        where T : struct
    {
        SafetensorsEntry entry = Entry(name);
        Assert.AreEqual(type, entry.Type, name);
        T[] values = new T[entry.Count];
        _file.ReadBytes(entry, 0, MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }
}
