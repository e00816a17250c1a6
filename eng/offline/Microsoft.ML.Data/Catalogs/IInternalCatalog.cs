using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A catalog, seen by the components it makes.</summary>
internal interface IInternalCatalog
{
    IHostEnvironment Environment { get; }
}
