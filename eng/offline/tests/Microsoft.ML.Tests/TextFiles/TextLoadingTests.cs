using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Tests;

/// <summary>Text files give the recorded schemas, rows, objects, exceptions and log messages.</summary>
[TestClass]
public sealed class TextLoadingTests
{
    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public void GiveTheRecordedRows()
    {
        var report = new GoldenReport("text_loading");
        foreach (var golden in GoldenDocument.Load("text_loading").Cases)
        {
            var text = new TextCase(golden);
            report.Check(GoldenDocument.Id(golden), text.Expected(), text.Run());
        }
        report.Finish(TestContext);
    }
}
