namespace TextClassification;

/// <summary>The user cancelled; the message says what is saved and how to go on.</summary>
internal sealed class Interrupted(string message, Exception inner) : OperationCanceledException(message, inner);
