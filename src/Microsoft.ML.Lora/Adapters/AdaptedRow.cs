using Microsoft.ML.Lora.Models;

namespace Microsoft.ML.Lora.Adapters;

/// <summary>A row that names the adapter that scores it. Whoever makes it keeps a reference to the adapter until the row is scored.</summary>
/// <param name="Ids">The token ids.</param>
/// <param name="TypeIds">The segments, or null.</param>
/// <param name="Adapter">What adapts the base for this row, and classifies it.</param>
internal sealed record AdaptedRow(int[] Ids, byte[]? TypeIds, ServedAdapter Adapter) : TokenizedRow(Ids, TypeIds, ExampleId: 0);
