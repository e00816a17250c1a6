namespace Microsoft.ML.Lora;

/// <summary>
/// The base model that a trainer or a saved model needs cannot be used: it is not found, or what is found is another one.
/// The message says which base was expected and where it was looked for.
/// </summary>
public sealed class BaseModelException : InvalidOperationException
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">What is wrong and how to fix it.</param>
    public BaseModelException(string message) : base(message)
    {
    }

    /// <summary>Makes the exception with its cause.</summary>
    /// <param name="message">What is wrong and how to fix it.</param>
    /// <param name="innerException">The cause.</param>
    public BaseModelException(string message, Exception? innerException) : base(message, innerException)
    {
    }
}
