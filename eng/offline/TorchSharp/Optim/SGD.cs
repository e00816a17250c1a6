using static TorchSharp.torch;
using static TorchSharp.torch.optim;

namespace TorchSharp.Modules;

/// <summary>Stochastic gradient descent, with momentum where asked for.</summary>
public class SGD : OptimizerHelper, IMomentum
{
    public SGD(
        IEnumerable<Parameter> parameters, double lr, double momentum = 0, double dampening = 0, double weight_decay = 0,
        bool nesterov = false, bool maximize = false)
        : this([new ParamGroup { Parameters = parameters }], lr, momentum, dampening, weight_decay, nesterov, maximize)
    {
    }

    public SGD(
        IEnumerable<ParamGroup> parameters, double lr, double momentum = 0, double dampening = 0, double weight_decay = 0,
        bool nesterov = false, bool maximize = false)
    {
        if (lr < 0)
        {
            throw new ArgumentException($"Invalid learning rate: {lr}");
        }
        if (momentum < 0)
        {
            throw new ArgumentException($"Invalid momentum value: {momentum}");
        }
        if (weight_decay < 0)
        {
            throw new ArgumentException($"Invalid weight_decay value: {weight_decay}");
        }
        if (nesterov && (momentum <= 0 || dampening != 0))
        {
            throw new ArgumentException("Nesterov momentum requires a momentum and zero dampening");
        }
        _defaults = new Options
        {
            LearningRate = lr,
            InitialLearningRate = lr,
            momentum = momentum,
            dampening = dampening,
            weight_decay = weight_decay,
            nesterov = nesterov,
            maximize = maximize,
        };
        foreach (var group in parameters)
        {
            add_param_group(group);
        }
    }

    public double Momentum
    {
        get => Own.momentum!.Value;
        set => Own.momentum = value;
    }

    private Options Own => (Options)_defaults;

    public override Tensor? step(Func<Tensor>? closure = null) => StepAll(Step, closure);

    internal override OptimizerOptions NewOptions() => new Options();

    internal override void Complete(OptimizerOptions options)
    {
        var open = (Options)options;
        open.momentum ??= Own.momentum;
        open.dampening ??= Own.dampening;
        open.weight_decay ??= Own.weight_decay;
        open.nesterov ??= Own.nesterov;
        open.maximize ??= Own.maximize;
    }

    internal override OptimizerState NewState(Parameter parameter) => new State(parameter);

    private void Step(Modules.ParamGroup group)
    {
        var options = (Options)group.Options;
        var momentum = options.momentum!.Value;
        var rate = options.LearningRate!.Value;
        foreach (var parameter in group.Parameters)
        {
            var grad = parameter.grad;
            if (grad is null)
            {
                continue;
            }
            if (options.weight_decay!.Value != 0)
            {
                grad = grad.add(parameter, alpha: options.weight_decay.Value);
            }
            if (momentum != 0)
            {
                var buffer = ((State)StateOf(parameter)).Mix(grad, momentum, options.dampening!.Value);
                grad = options.nesterov!.Value ? grad.add(buffer, alpha: momentum) : buffer;
            }
            parameter.add_(grad, alpha: options.maximize!.Value ? rate : -rate);
        }
    }

    /// <summary>The options of a group.</summary>
    public class Options : OptimizerOptions
    {
        public double? momentum;
        public double? dampening;
        public double? weight_decay;
        public bool? nesterov;
        public bool? maximize;
    }

    /// <summary>A group of parameters.</summary>
    public class ParamGroup : ParamGroup<Options>, IMomentum
    {
        public ParamGroup()
        {
        }

        public ParamGroup(IEnumerable<Parameter> parameters, Options options)
            : base(parameters, options)
        {
        }

        public ParamGroup(
            IEnumerable<Parameter> parameters, double lr = 0.001, double momentum = 0, double dampening = 0, double weight_decay = 0,
            bool nesterov = false, bool maximize = false)
            : base(parameters, new Options
            {
                LearningRate = lr,
                momentum = momentum,
                dampening = dampening,
                weight_decay = weight_decay,
                nesterov = nesterov,
                maximize = maximize,
            })
        {
        }

        public double Momentum
        {
            get => Options.momentum!.Value;
            set => Options.momentum = value;
        }
    }

    /// <summary>The velocity of one parameter.</summary>
    public sealed class State : OptimizerState, IDisposable
    {
        public Tensor? momentum_buffer;

        public State(Parameter parameter)
            : base(parameter)
        {
        }

        public override void Initialize(OptimizerOptions options) => Dispose();

        public void Dispose()
        {
            momentum_buffer?.Dispose();
            momentum_buffer = null;
        }

        // The first buffer is the plain gradient, without dampening.
        internal Tensor Mix(Tensor grad, double momentum, double dampening)
        {
            if (momentum_buffer is null)
            {
                momentum_buffer = grad.clone().detach().DetachFromDisposeScope();
            }
            else
            {
                momentum_buffer.mul_(momentum).add_(grad, alpha: 1 - dampening);
            }
            return momentum_buffer;
        }
    }
}
