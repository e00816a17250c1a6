namespace TorchSharp.Modules;

/// <summary>A tensor to be trained. It takes the memory of its source, which is empty afterwards, and its place in the scope.</summary>
public class Parameter : torch.Tensor
{
    public Parameter(torch.Tensor data, bool requires_grad = true)
        : base(data.with_requires_grad(requires_grad).MoveHandle(), false) => DisposeScope.Replace(data, this);

    internal Parameter(nint handle)
        : base(handle)
    {
    }
}
