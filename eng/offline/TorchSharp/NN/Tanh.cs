namespace TorchSharp.Modules;

/// <summary>torch.nn.Tanh.</summary>
public sealed class Tanh : torch.nn.Module<torch.Tensor, torch.Tensor>
{
    internal Tanh()
        : base(nameof(Tanh))
    {
    }

    public override torch.Tensor forward(torch.Tensor tensor) => tensor.tanh();

    public override string GetName() => nameof(Tanh);
}
