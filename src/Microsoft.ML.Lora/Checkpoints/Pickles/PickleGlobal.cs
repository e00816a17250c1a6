namespace Microsoft.ML.Lora.Checkpoints.Pickles;

/// <summary>A Python name of the list of what may stand in a checkpoint. It is data: nothing of Python is looked up or run.</summary>
/// <param name="Name">Module and name, for messages.</param>
/// <param name="Call">What REDUCE makes of its arguments; null where it cannot be called.</param>
/// <param name="Type">The element type of a storage class or a dtype; null for an untyped storage and for functions.</param>
/// <param name="IsStorage">True for a storage class.</param>
internal sealed record PickleGlobal(string Name, Func<PickleCall, object>? Call = null, SafetensorsType? Type = null, bool IsStorage = false);
