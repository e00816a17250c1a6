using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Layers.</summary>
    public static partial class nn
    {
        public static Parameter Parameter(Tensor data, bool requires_grad = true) => new(data, requires_grad);

        public static Linear Linear(
            long inputSize, long outputSize, bool hasBias = true, Device? device = null, ScalarType? dtype = null) =>
            new(inputSize, outputSize, hasBias, device, dtype);

        public static LayerNorm LayerNorm(
            long[] normalized_shape, double eps = 1E-05, bool elementwise_affine = true, bool bias = true, Device? device = null,
            ScalarType? dtype = null) =>
            new(normalized_shape, eps, elementwise_affine, bias, device, dtype);

        public static LayerNorm LayerNorm(
            long normalized_shape, double eps = 1E-05, bool elementwise_affine = true, bool bias = true, Device? device = null,
            ScalarType? dtype = null) =>
            new([normalized_shape], eps, elementwise_affine, bias, device, dtype);

        public static Embedding Embedding(
            long num_embeddings, long embedding_dims, long? padding_idx = null, double? max_norm = null, double norm_type = 2,
            bool scale_grad_by_freq = false, bool sparse = false, Device? device = null, ScalarType? dtype = null)
        {
            RefuseMaxNormAndSparse(max_norm, sparse);
            var table = randn(num_embeddings, embedding_dims, dtype, device);
            if (padding_idx is not null)
            {
                using var row = table.select(0, padding_idx.Value);
                row.fill_(0);
            }
            return new(table.AsParameter(), padding_idx, scale_grad_by_freq);
        }

        public static Dropout Dropout(double p = 0.5, bool inplace = false) => new(p, inplace);

        public static GELU GELU() => new();

        public static ReLU ReLU(bool inplace = false) => new(inplace);

        public static Tanh Tanh() => new();

        public static Sigmoid Sigmoid() => new();

        public static SiLU SiLU() => new();

        public static Identity Identity() => new();

        public static ModuleList<Module> ModuleList(params Module[] modules) => new(modules);

        public static ModuleList<T> ModuleList<T>(params T[] modules) where T : Module => new(modules);

        public static Sequential Sequential(params (string name, Module<Tensor, Tensor> submodule)[] modules) => new(modules);

        public static Sequential Sequential(params Module<Tensor, Tensor>[] modules) => new(modules);

        private static void RefuseMaxNormAndSparse(double? max_norm, bool sparse)
        {
            if (max_norm is not null || sparse)
            {
                throw new NotSupportedException("max_norm and sparse are not part of this subset of TorchSharp.");
            }
        }
    }
}
