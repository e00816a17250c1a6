using System.CommandLine;

namespace Microsoft.ML.Lora.Benchmarks.Measuring;

/// <summary>What values options may have.</summary>
internal static class OptionRules
{
    /// <summary>Refuses numbers below 1.</summary>
    public static Option<T> AtLeastOne<T>(this Option<T> option)
    {
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<T>() is int number && number < 1)
                result.AddError($"{option.Name} is {number}; it must be at least 1.");
        });
        return option;
    }
}
