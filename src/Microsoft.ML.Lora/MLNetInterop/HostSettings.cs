using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Lora.MLNetInterop;

/// <summary>What an environment of ML.NET knows but does not show: seed, device and cancellation.</summary>
internal static class HostSettings
{
    /// <summary>The environment that stands behind a catalog of trainers.</summary>
    public static IHostEnvironment EnvironmentOf(MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog) =>
        CatalogUtils.GetEnvironment(catalog);

    /// <summary>The environment that stands behind the catalog of models.</summary>
    public static IHostEnvironment EnvironmentOf(ModelOperationsCatalog catalog) => CatalogUtils.GetEnvironment(catalog);

    /// <summary>The seed given to <see cref="MLContext"/>; null when none was.</summary>
    public static int? Seed(IHostEnvironment environment) => (environment as IHostEnvironmentInternal)?.Seed;

    /// <summary><see cref="MLContext.GpuDeviceId"/> at the time the environment was made.</summary>
    public static int? GpuDeviceId(IHostEnvironment environment) => (environment as IHostEnvironmentInternal)?.GpuDeviceId;

    /// <summary><see cref="MLContext.FallbackToCpu"/> at the time the environment was made.</summary>
    public static bool FallbackToCpu(IHostEnvironment environment) => (environment as IHostEnvironmentInternal)?.FallbackToCpu ?? true;

    /// <summary>Whether ML.NET itself has been told to stop, as Model Builder and AutoML do.</summary>
    public static bool IsCanceled(IHostEnvironment environment) => environment is ICancelable { IsCanceled: true };
}
