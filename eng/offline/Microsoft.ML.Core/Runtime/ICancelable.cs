namespace Microsoft.ML.Runtime;

/// <summary>An environment whose work can be canceled.</summary>
internal interface ICancelable
{
    bool IsCanceled { get; }

    void CancelExecution();
}
