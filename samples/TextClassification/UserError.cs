namespace TextClassification;

/// <summary>Something the user can put right; shown as one message, without a stack trace.</summary>
internal sealed class UserError(string message, int exitCode = ExitCode.Failure) : Exception(message)
{
    public int ExitCode { get; } = exitCode;
}
