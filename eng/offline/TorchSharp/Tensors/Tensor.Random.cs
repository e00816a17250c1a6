using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    // Random draws.
    public partial class Tensor
    {
        public Tensor bernoulli(Generator? generator = null) => Ops.bernoulli.Call(this, generator);

        public Tensor bernoulli_(Tensor p, Generator? generator = null) => Chain(Ops.bernoulli__Tensor, this, p, generator);

        public Tensor bernoulli_(double p = 0.5, Generator? generator = null) => Chain(Ops.bernoulli__float, this, p, generator);

        public Tensor normal_(double mean = 0, double std = 1, Generator? generator = null) =>
            Chain(Ops.normal_, this, mean, std, generator);

        public Tensor uniform_(double from, double to, Generator? generator = null) => Chain(Ops.uniform_, this, from, to, generator);

        public Tensor multinomial(long num_samples, bool replacement = false, Generator? generator = null) =>
            Ops.multinomial.Call(this, num_samples, replacement, generator);
    }
}
