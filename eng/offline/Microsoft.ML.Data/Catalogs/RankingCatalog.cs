using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Tasks of ordering.</summary>
public sealed partial class RankingCatalog : TrainCatalogBase
{
    internal RankingCatalog(IHostEnvironment env)
        : base(env)
    {
        Trainers = new RankingTrainers(this);
    }

    public RankingTrainers Trainers { get; }

    /// <summary>Where trainers hang their extension methods.</summary>
    public sealed class RankingTrainers : CatalogInstantiatorBase
    {
        internal RankingTrainers(RankingCatalog catalog)
            : base(catalog)
        {
        }
    }
}
