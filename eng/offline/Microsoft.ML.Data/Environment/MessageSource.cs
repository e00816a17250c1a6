using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Something with a name under which messages and exceptions are reported.</summary>
internal abstract class MessageSource : IExceptionContext
{
    protected MessageSource(string shortName, string parentFullName)
    {
        ShortName = shortName;
        FullName = string.IsNullOrEmpty(parentFullName) ? shortName : $"{parentFullName}; {shortName}";
    }

    public string ShortName { get; }

    public string FullName { get; }

    public virtual string ContextDescription => FullName;

    public virtual TException Process<TException>(TException ex)
        where TException : Exception
    {
        if (ex == null)
            return null;
        ex.Data["Throwing component"] = ShortName;
        return Contracts.Mark(ex);
    }
}
