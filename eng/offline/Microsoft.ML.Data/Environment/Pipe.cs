using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A pipe nobody listens to: only log messages have a listener.</summary>
internal sealed class Pipe<TMessage>(string name, string parentFullName) : MessageSource(name, parentFullName), IPipe<TMessage>
{
    public void Send(TMessage msg)
    {
    }

    public void Dispose()
    {
    }
}
