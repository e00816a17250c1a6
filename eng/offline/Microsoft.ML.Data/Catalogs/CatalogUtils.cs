using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>What extension methods on catalogs need.</summary>
internal static class CatalogUtils
{
    public static IHostEnvironment GetEnvironment(this IInternalCatalog catalog)
        => Contracts.CheckRef(catalog, nameof(catalog)).Environment;
}
