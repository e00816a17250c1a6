namespace Microsoft.ML.Lora.Kernels;

/// <summary>
/// A vector of lanes of 32 bits, read as float32, or as integers by the methods that say so. A kernel is written once, generic over this
/// interface; <see cref="VectorKernels"/> calls it with the widest one that the machine has, and the compiler makes of each width a program
/// of its own, in which every member here is an instruction or a few.
/// </summary>
/// <remarks>
/// To write one: a struct that implements <see cref="IVectorKernel"/> and steps through its rows by <c>2 * TVector.Count</c> elements, loading and
/// storing with <see cref="ILanes"/> (rows of a multiple of 32 need no rest at any width). Methods that get or return vectors must be inlined
/// (AggressiveInlining), and loops over them be compiled at once (AggressiveOptimization): the runtime's first, quick compilation inlines nothing and
/// makes the first steps of a training many times slower. Integers have the same bits at every width; sums of floats depend on it, by rounding.
/// </remarks>
/// <typeparam name="TSelf">The implementing struct.</typeparam>
internal unsafe interface IVector<TSelf>
    where TSelf : struct, IVector<TSelf>
{
    /// <summary>Lanes: 16, 8 or 4.</summary>
    static abstract int Count { get; }

    /// <summary>True where 32 of them fit the registers, false where 16 do.</summary>
    static abstract bool ManyRegisters { get; }

    /// <summary>0 in each lane.</summary>
    static abstract TSelf Zero { get; }

    /// <summary>1.0 in each lane.</summary>
    static abstract TSelf One { get; }

    /// <summary>The integers 0, 1, 2 ...</summary>
    static abstract TSelf Indices { get; }

    /// <summary>The value in each lane.</summary>
    static abstract TSelf Create(float value);

    /// <summary>The integer in each lane.</summary>
    static abstract TSelf CreateInteger(uint value);

    /// <summary>Count elements.</summary>
    static abstract TSelf Load(float* source);

    /// <summary>Count elements.</summary>
    void Store(float* destination);

    static abstract TSelf operator +(TSelf left, TSelf right);

    static abstract TSelf operator -(TSelf left, TSelf right);

    static abstract TSelf operator *(TSelf left, TSelf right);

    static abstract TSelf operator /(TSelf left, TSelf right);

    /// <summary>Bit by bit.</summary>
    static abstract TSelf operator &(TSelf left, TSelf right);

    /// <summary>Bit by bit.</summary>
    static abstract TSelf operator ^(TSelf left, TSelf right);

    /// <summary>a b + c; rounded once where the machine has such an instruction.</summary>
    static abstract TSelf MultiplyAdd(TSelf a, TSelf b, TSelf c);

    static abstract TSelf Abs(TSelf value);

    static abstract TSelf Floor(TSelf value);

    static abstract TSelf Max(TSelf left, TSelf right);

    /// <summary>As <see cref="Max"/> in one instruction: where the left one is NaN it may be the right one.</summary>
    static abstract TSelf Larger(TSelf left, TSelf right);

    /// <summary>All bits set where left is below right.</summary>
    static abstract TSelf LessThan(TSelf left, TSelf right);

    /// <summary>Of lanes with all bits set the first, of lanes with none the second.</summary>
    static abstract TSelf Select(TSelf mask, TSelf set, TSelf clear);

    /// <summary>The sum of the lanes.</summary>
    static abstract float Sum(TSelf value);

    /// <summary>The largest lane; NaN where any is.</summary>
    static abstract float Largest(TSelf value);

    /// <summary>2^n of whole n from -126 to 127; of what is below, 2^-126; of NaN, any number.</summary>
    static abstract TSelf PowerOfTwo(TSelf n);

    /// <summary>Sum of integers, modulo 2^32.</summary>
    static abstract TSelf AddIntegers(TSelf left, TSelf right);

    /// <summary>Product of integers, modulo 2^32.</summary>
    static abstract TSelf MultiplyIntegers(TSelf left, TSelf right);

    /// <summary>All bits set where left is above right, both read as signed integers.</summary>
    static abstract TSelf GreaterIntegers(TSelf left, TSelf right);

    static abstract TSelf ShiftLeft(TSelf value, int bits);

    /// <summary>Zeros come in from the left.</summary>
    static abstract TSelf ShiftRight(TSelf value, int bits);

    /// <summary>Twice Count integers of 16 bits, in the order of memory, as integers of 32 bits.</summary>
    static abstract (TSelf Low, TSelf High) Widen(TSelf halves);

    /// <summary>The reverse: the lower 16 bits of each lane, whose upper bits are 0.</summary>
    static abstract TSelf Narrow(TSelf low, TSelf high);
}
