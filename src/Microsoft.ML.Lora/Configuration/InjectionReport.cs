using System.Globalization;

namespace Microsoft.ML.Lora;

/// <summary>What adapting a model came to: the layers and the number of parameters, trained and in all.</summary>
/// <param name="Modules">The adapted layers in the order of the model.</param>
/// <param name="TrainableParameters">Numbers that training changes: adapters and head.</param>
/// <param name="AllParameters">Those and the base model's.</param>
public sealed record InjectionReport(IReadOnlyList<AdaptedModule> Modules, long TrainableParameters, long AllParameters)
{
    /// <summary>Share of the parameters that is trained, in percent.</summary>
    public double TrainablePercent => AllParameters == 0 ? 0 : 100.0 * TrainableParameters / AllParameters;

    /// <summary>The line that PEFT's <c>print_trainable_parameters</c> prints.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"trainable params: {TrainableParameters:N0} || all params: {AllParameters:N0} || trainable%: {TrainablePercent:F4}");
}
