using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>An argument or a result on its way over the border; mirrors shim::Value.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Value
{
    public ValueKind Kind;
    public int Length;
    public long Bits;

    public readonly nint Pointer => (nint)Bits;

    public readonly double AsDouble => BitConverter.Int64BitsToDouble(Bits);
}
