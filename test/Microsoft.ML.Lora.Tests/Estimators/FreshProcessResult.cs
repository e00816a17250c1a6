using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Estimators;

/// <summary>What a process came to.</summary>
internal sealed record FreshProcessResult(int ExitCode, string Output, string Error)
{
    /// <summary>The lines of standard output; the test fails where the process did.</summary>
    public string[] Lines
    {
        get
        {
            Assert.AreEqual(0, ExitCode, Error);
            return Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        }
    }
}
