using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Tasks of telling the future of a series.</summary>
public sealed partial class ForecastingCatalog : TrainCatalogBase
{
    internal ForecastingCatalog(IHostEnvironment env)
        : base(env)
    {
        Trainers = new Forecasters(this);
    }

    public Forecasters Trainers { get; }

    /// <summary>Where trainers hang their extension methods.</summary>
    public sealed class Forecasters : CatalogInstantiatorBase
    {
        internal Forecasters(ForecastingCatalog catalog)
            : base(catalog)
        {
        }
    }
}
