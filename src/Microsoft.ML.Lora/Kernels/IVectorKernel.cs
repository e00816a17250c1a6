namespace Microsoft.ML.Lora.Kernels;

/// <summary>A computation written for vectors of any width and elements of any type; <see cref="VectorKernels"/> starts it.</summary>
internal interface IVectorKernel
{
    /// <summary>Computes all of it.</summary>
    /// <typeparam name="TLanes">The type of the elements.</typeparam>
    /// <typeparam name="TVector">The width.</typeparam>
    void Run<TLanes, TVector>()
        where TLanes : ILanes
        where TVector : struct, IVector<TVector>;
}
