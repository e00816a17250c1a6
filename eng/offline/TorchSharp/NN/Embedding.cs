using TorchSharp.Interop;

namespace TorchSharp.Modules;

/// <summary>A table of vectors, looked up by index.</summary>
public sealed class Embedding : torch.nn.Module<torch.Tensor, torch.Tensor>
{
    private readonly long _padding;
    private readonly bool _scaleGradByFrequency;
    private Parameter _table;

    internal Embedding(Parameter table, long? padding_idx, bool scale_grad_by_freq)
        : base(nameof(Embedding))
    {
        _table = table;
        _padding = padding_idx is null ? -1 : padding_idx < 0 ? padding_idx.Value + table.shape[0] : padding_idx.Value;
        _scaleGradByFrequency = scale_grad_by_freq;
        table.DetachFromDisposeScope();
        ConditionallyRegisterParameter(nameof(weight), table);
    }

    public Parameter? weight
    {
        get => _table;
        set
        {
            _table = value ?? throw new ArgumentNullException(nameof(value), "weight cannot be set to 'null'");
            ConditionallyRegisterParameter(nameof(weight), value);
        }
    }

    public override torch.Tensor forward(torch.Tensor input) => Ops.embedding.Call(_table, input, _padding, _scaleGradByFrequency, false);

    protected override void RegisterComponents()
    {
        // The table is registered under its own name, not that of the field.
    }
}
