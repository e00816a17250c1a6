namespace TorchSharp.Modules;

/// <summary>Modules called one after the other.</summary>
public class Sequential : torch.nn.Module<torch.Tensor, torch.Tensor>
{
    private readonly List<torch.nn.IModule<torch.Tensor, torch.Tensor>> _steps = [];

    protected internal Sequential(params (string name, torch.nn.Module<torch.Tensor, torch.Tensor> submodule)[] modules)
        : base(nameof(Sequential))
    {
        foreach (var (step, module) in modules)
        {
            append(step, module);
        }
    }

    protected internal Sequential(params torch.nn.Module<torch.Tensor, torch.Tensor>[] modules)
        : base(nameof(Sequential))
    {
        foreach (var module in modules)
        {
            append(module);
        }
    }

    public int Count => _steps.Count;

    public Sequential append(torch.nn.IModule<torch.Tensor, torch.Tensor> module) =>
        append(_steps.Count.ToString(System.Globalization.CultureInfo.InvariantCulture), module);

    public Sequential append(string name, torch.nn.IModule<torch.Tensor, torch.Tensor> module)
    {
        register_module(name, (torch.nn.Module)module);
        _steps.Add(module);
        return this;
    }

    public override torch.Tensor forward(torch.Tensor tensor)
    {
        // What one step hands to the next is disposed, the caller's tensor is not.
        var current = tensor;
        foreach (var step in _steps)
        {
            var next = step.call(current);
            if (!ReferenceEquals(current, tensor) && !ReferenceEquals(current, next))
            {
                current.Dispose();
            }
            current = next;
        }
        return _steps.Count == 0 ? tensor.alias() : current;
    }

    protected override void RegisterComponents()
    {
        // Steps are registered as they are appended.
    }
}
