namespace Microsoft.ML.Lora;

/// <summary>How parameters move along their gradients. Formulas are those of torch's optimizers of the same names.</summary>
public enum OptimizerKind
{
    /// <summary>Adam with decoupled weight decay (Loshchilov and Hutter 2019, arXiv 1711.05101).</summary>
    AdamW = 0,

    /// <summary>Adam, where weight decay is a part of the gradient (Kingma and Ba 2015, arXiv 1412.6980).</summary>
    Adam = 1,

    /// <summary>Gradient descent: see <see cref="TrainingOptions.Momentum"/>, <see cref="TrainingOptions.Dampening"/> and <see cref="TrainingOptions.Nesterov"/>.</summary>
    Sgd = 2,
}
