using System.Text;

namespace Microsoft.ML.Lora.Checkpoints.Pickles;

/// <summary>
/// The list of Python names that may stand in a checkpoint, by exact module and name, and what each makes: values of ours. Everything else is
/// refused where it is named.
/// </summary>
internal static class TorchGlobals
{
    private static readonly Dictionary<(string Module, string Name), PickleGlobal> s_all = Build();

    /// <summary>Finds a name.</summary>
    /// <exception cref="LoraFormatException">It is not on the list.</exception>
    public static PickleGlobal Find(string module, string name, PickleStream stream) =>
        s_all.TryGetValue((module, name), out PickleGlobal? global) ? global : throw stream.Error(
            "the pickle names something of Python that is not supported; nothing of it was run", $"'{module}.{name}'",
            "only what state dictionaries consist of: tensors, numbers, texts, lists, tuples and dictionaries");

    private static Dictionary<(string, string), PickleGlobal> Build()
    {
        var all = new Dictionary<(string, string), PickleGlobal>();
        Function("collections", "OrderedDict", OrderedDictionary);
        Function("torch._utils", "_rebuild_tensor", call => Tensor(call.Expect(4, 4), null));
        Function("torch._utils", "_rebuild_tensor_v2", call => Tensor(call.Expect(6, 7), null));
        Function("torch._utils", "_rebuild_tensor_v3", call => Tensor(call.Expect(7, 8), call.Get<PickleGlobal>(6, "a dtype")));
        Function("torch._utils", "_rebuild_parameter", call => Parameter(call.Expect(3, 3)));
        Function("torch._utils", "_rebuild_parameter_with_state", call => Parameter(call.Expect(4, 4)));
        Function("torch", "Size", call => new PickleTuple([.. call.Expect(1, 1).Numbers(0, "the size").Select(n => (object)n)], isSize: true));
        // How protocol 2 writes bytes.
        Function("_codecs", "encode", Bytes);
        Function("__builtin__", "bytes", call => new byte[call.Expect(0, 0).Count]);
        foreach ((string name, SafetensorsType type) in ((string, SafetensorsType)[])
        [
            ("Float", SafetensorsType.F32), ("Double", SafetensorsType.F64), ("Half", SafetensorsType.F16), ("BFloat16", SafetensorsType.BF16),
            ("Long", SafetensorsType.I64), ("Int", SafetensorsType.I32), ("Short", SafetensorsType.I16), ("Char", SafetensorsType.I8),
            ("Byte", SafetensorsType.U8), ("Bool", SafetensorsType.Bool), ("ComplexFloat", SafetensorsType.C64),
        ])
            all.Add(("torch", $"{name}Storage"), new PickleGlobal($"torch.{name}Storage", Type: type, IsStorage: true));
        all.Add(("torch.storage", "UntypedStorage"), new PickleGlobal("torch.storage.UntypedStorage", IsStorage: true));
        foreach ((string name, SafetensorsType type) in ((string, SafetensorsType)[])
        [
            ("float32", SafetensorsType.F32), ("float64", SafetensorsType.F64), ("float16", SafetensorsType.F16), ("bfloat16", SafetensorsType.BF16),
            ("int64", SafetensorsType.I64), ("int32", SafetensorsType.I32), ("int16", SafetensorsType.I16), ("int8", SafetensorsType.I8),
            ("uint8", SafetensorsType.U8), ("uint16", SafetensorsType.U16), ("uint32", SafetensorsType.U32), ("uint64", SafetensorsType.U64),
            ("bool", SafetensorsType.Bool), ("complex64", SafetensorsType.C64), ("float8_e4m3fn", SafetensorsType.F8E4M3), ("float8_e5m2", SafetensorsType.F8E5M2),
        ])
            all.Add(("torch", name), new PickleGlobal($"torch.{name}", Type: type));
        return all;

        void Function(string module, string name, Func<PickleCall, object> call) => all.Add((module, name), new PickleGlobal($"{module}.{name}", call));
    }

    private static PickleDictionary OrderedDictionary(PickleCall call)
    {
        var dictionary = new PickleDictionary(isOrdered: true);
        if (call.Expect(0, 1).Count == 0)
            return dictionary;
        // Python 2 hands the entries over as a list of pairs.
        foreach (object? item in call.Get<PickleList>(0, "a list of pairs").Items)
        {
            IReadOnlyList<object?>? pair = item is PickleTuple tuple ? tuple.Items : (item as PickleList)?.Items;
            if (pair is not { Count: 2 } || dictionary.TryAdd(pair[0], pair[1]) is not null)
                throw call.Wrong(0, "a list of pairs of different keys and values");
        }

        return dictionary;
    }

    private static byte[] Bytes(PickleCall call)
    {
        string text = call.Expect(2, 2).Get<string>(0, "a text");
        if (call[1] is not "latin1")
            throw call.Wrong(1, "'latin1'");
        return text.All(c => c < 256) ? Encoding.Latin1.GetBytes(text) : throw call.Wrong(0, "characters below 256");
    }

    private static TorchTensor Parameter(PickleCall call)
    {
        TorchTensor tensor = call.Get<TorchTensor>(0, "a tensor");
        call.ExpectEmpty(2, "backward hooks");
        return tensor with { RequiresGrad = call.Get<bool>(1, "whether it needs a gradient"), IsParameter = true };
    }

    /// <summary>Arguments: storage, offset, size, stride; then requires_grad, backward_hooks; then a dtype in version 3; then metadata.</summary>
    private static TorchTensor Tensor(PickleCall call, PickleGlobal? dtype)
    {
        TorchStorage storage = call.Get<TorchStorage>(0, "a storage");
        long offset = call.Get<long>(1, "the offset");
        long[] shape = call.Numbers(2, "the size"), strides = call.Numbers(3, "the stride");
        bool requiresGrad = call.Count > 4 && call.Get<bool>(4, "whether it needs a gradient");
        if (call.Count > 5)
            call.ExpectEmpty(5, "backward hooks");
        if (dtype is not null && (dtype.IsStorage || dtype.Type is null))
            throw call.Wrong(6, "a dtype");
        int metadata = dtype is null ? 6 : 7;
        if (call.Count > metadata)
            call.ExpectEmpty(metadata, "metadata");
        SafetensorsType type = (dtype is null ? storage.Type : storage.Type is null || storage.Type == dtype.Type ? dtype.Type : null)
            ?? throw call.Wrong(0, dtype is null ? "a typed storage" : $"an untyped storage or one of {dtype.Name}");
        if (shape.Length != strides.Length)
            throw call.Wrong(3, $"as many strides as sizes, {shape.Length}");

        long capacity = storage.Length / type.Size();
        Int128 count = 1, last = offset;
        for (int i = 0; i < shape.Length; i++)
        {
            // Each partial product stays within 64 bits, also when a later size is zero.
            count *= shape[i];
            last += (Int128)Math.Max(shape[i] - 1, 0) * strides[i];
            if (count * type.Size() > long.MaxValue || last > long.MaxValue)
                throw call.Wrong(2, "sizes that fit into memory");
        }

        // A view without elements may begin anywhere: a slice of an empty tensor does.
        if (offset < 0 || (count > 0 && last >= capacity))
            throw call.Wrong(1, $"a view within the {capacity} elements of the storage '{LoraFormatException.Shorten(storage.Key)}'; it needs {last + 1}");
        return new TorchTensor(storage, type, offset, shape, strides, (long)count, requiresGrad);
    }
}
