using System.Runtime.InteropServices;
using System.Text;

namespace TorchSharp.Interop;

/// <summary>An operator of libtorch, looked up by name at its first call.</summary>
internal sealed unsafe class Op(string name, string overload = "")
{
    private const int StackListCapacity = 128;
    private nint _handle;

    /// <summary>Calls an operator that returns one tensor.</summary>
    internal torch.Tensor Call(params ReadOnlySpan<Arg> arguments)
    {
        Value result;
        Invoke(arguments, &result, 1);
        return new torch.Tensor(result.Pointer);
    }

    /// <summary>Calls an operator for its effect on its first argument.</summary>
    internal void Run(params ReadOnlySpan<Arg> arguments) => Invoke(arguments, null, 0);

    internal (torch.Tensor, torch.Tensor) Call2(params ReadOnlySpan<Arg> arguments)
    {
        var results = stackalloc Value[2];
        Invoke(arguments, results, 2);
        return (Wrap(results[0]), Wrap(results[1]));
    }

    internal (torch.Tensor, torch.Tensor, torch.Tensor) Call3(params ReadOnlySpan<Arg> arguments)
    {
        var results = stackalloc Value[3];
        Invoke(arguments, results, 3);
        return (Wrap(results[0]), Wrap(results[1]), Wrap(results[2]));
    }

    internal (torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor) Call4(params ReadOnlySpan<Arg> arguments)
    {
        var results = stackalloc Value[4];
        Invoke(arguments, results, 4);
        return (Wrap(results[0]), Wrap(results[1]), Wrap(results[2]), Wrap(results[3]));
    }

    internal torch.Tensor[] CallList(params ReadOnlySpan<Arg> arguments)
    {
        Value result;
        Invoke(arguments, &result, 1);
        var handles = new ReadOnlySpan<nint>((void*)result.Pointer, result.Length);
        var tensors = new torch.Tensor[handles.Length];
        for (var k = 0; k < tensors.Length; k++)
        {
            tensors[k] = new torch.Tensor(handles[k]);
        }
        Shim.ts_free_list(result.Pointer);
        return tensors;
    }

    internal Value CallValue(params ReadOnlySpan<Arg> arguments)
    {
        Value result;
        Invoke(arguments, &result, 1);
        return result;
    }

    private static torch.Tensor Wrap(in Value value) => value.Pointer == 0 ? null! : new torch.Tensor(value.Pointer);

    private void Invoke(ReadOnlySpan<Arg> arguments, Value* results, int capacity)
    {
        var longLists = 0;
        var strings = 0;
        for (var k = 0; k < arguments.Length; k++)
        {
            longLists += Math.Max(arguments[k].Length, 0);
            strings += arguments[k].Kind == ValueKind.String ? Encoding.UTF8.GetByteCount((string)arguments[k].Reference!) : 0;
        }
        var words = longLists + strings / 8 + arguments.Length;
        nint rented = 0;
        long* buffer;
        if (words <= StackListCapacity)
        {
            var onStack = stackalloc long[words];
            buffer = onStack;
        }
        else
        {
            rented = (nint)NativeMemory.Alloc((nuint)words, sizeof(long));
            buffer = (long*)rented;
        }
        try
        {
            var values = stackalloc Value[arguments.Length];
            for (var k = 0; k < arguments.Length; k++)
            {
                buffer = Write(in arguments[k], ref values[k], buffer);
            }
            var produced = Shim.ts_call(Handle, values, arguments.Length, results, capacity);
            if (produced < 0)
            {
                Shim.ThrowLast();
            }
        }
        finally
        {
            if (rented != 0)
            {
                NativeMemory.Free((void*)rented);
            }
        }
    }

    private nint Handle => _handle != 0 ? _handle : _handle = Find();

    private nint Find()
    {
        NativeLoader.Load(DeviceType.CPU);
        var nameBytes = Encoding.UTF8.GetBytes("aten::" + name + "\0");
        var overloadBytes = Encoding.UTF8.GetBytes(overload + "\0");
        fixed (byte* n = nameBytes, o = overloadBytes)
        {
            return Shim.Check(Shim.ts_find(n, o));
        }
    }

    // Lists are copied to the buffer, so that no managed array needs pinning; returns the next free word.
    private static long* Write(in Arg source, ref Value target, long* buffer)
    {
        target.Kind = source.Kind;
        target.Length = source.Length;
        target.Bits = source.Bits;
        switch (source.Kind)
        {
            case ValueKind.Tensor:
                target.Bits = ((torch.Tensor)source.Reference!).Handle;
                break;
            case ValueKind.IntList:
                target.Bits = (long)buffer;
                if (source.Reference is null)
                {
                    *buffer++ = source.Bits; // Arg.One
                    break;
                }
                foreach (var item in (long[])source.Reference)
                {
                    *buffer++ = item;
                }
                break;
            case ValueKind.DoubleList:
                target.Bits = (long)buffer;
                foreach (var item in (double[])source.Reference!)
                {
                    *buffer++ = BitConverter.DoubleToInt64Bits(item);
                }
                break;
            case ValueKind.TensorList:
                target.Bits = (long)buffer;
                foreach (var item in (torch.Tensor[])source.Reference!)
                {
                    *buffer++ = item.Handle;
                }
                break;
            case ValueKind.OptionalTensorList:
                target.Bits = (long)buffer;
                foreach (var item in (torch.Tensor?[])source.Reference!)
                {
                    *buffer++ = item is null ? 0 : item.Handle;
                }
                break;
            case ValueKind.String:
                var text = (string)source.Reference!;
                target.Bits = (long)buffer;
                target.Length = Encoding.UTF8.GetBytes(text, new Span<byte>(buffer, Encoding.UTF8.GetByteCount(text)));
                buffer += (target.Length + 7) / 8;
                break;
        }
        return buffer;
    }
}
