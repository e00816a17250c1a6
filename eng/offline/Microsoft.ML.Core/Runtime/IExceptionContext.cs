namespace Microsoft.ML.Runtime;

/// <summary>Marks exceptions with what they were thrown in.</summary>
public interface IExceptionContext
{
    string ContextDescription { get; }

    TException Process<TException>(TException ex)
        where TException : Exception;
}
