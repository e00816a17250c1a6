using static TorchSharp.torch;
using static TorchSharp.torch.optim;

namespace TorchSharp.Modules;

/// <summary>The part that the optimizers share.</summary>
public abstract class OptimizerHelper : Optimizer
{
    protected OptimizerOptions _defaults = null!;
    private readonly Dictionary<nint, OptimizerState> _states = [];

    public OptimizerHelper()
    {
    }

    public override void add_param_group(ParamGroup param_group)
    {
        param_group.Options ??= NewOptions();
        Complete(param_group.Options);
        param_group.Options.LearningRate ??= _defaults.LearningRate;
        param_group.Options.InitialLearningRate = param_group.Options.LearningRate!.Value;
        _parameter_groups.Add(param_group);
        foreach (var parameter in param_group.Parameters)
        {
            var state = NewState(parameter);
            _states[parameter.Handle] = state;
            state.Initialize(param_group.Options);
        }
    }

    internal abstract OptimizerOptions NewOptions();

    /// <summary>Takes what the options leave open from the optimizer's own.</summary>
    internal abstract void Complete(OptimizerOptions options);

    internal abstract OptimizerState NewState(Parameter parameter);

    internal OptimizerState StateOf(Parameter parameter) => _states[parameter.handle];

    internal Tensor? StepAll(Action<ParamGroup> body, Func<Tensor>? closure)
    {
        Tensor? loss = null;
        if (closure is not null)
        {
            using var _ = enable_grad();
            loss = closure();
        }
        using (no_grad())
        {
            using var scope = NewDisposeScope();
            foreach (var group in _parameter_groups)
            {
                body(group);
            }
        }
        return loss;
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        foreach (var state in _states.Values)
        {
            (state as IDisposable)?.Dispose();
        }
        _states.Clear();
    }
}
