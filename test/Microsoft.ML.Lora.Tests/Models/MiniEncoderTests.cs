using System.Text.Json;
using Microsoft.ML.Lora.Models;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Tests.Models;

[TestClass]
public sealed class MiniEncoderTests
{
    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public void EmbeddingsEqualTheReference()
    {
        string folder = GoldenFiles.Data("models", "mini-encoder");
        using JsonDocument reference = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "reference.json")));
        JsonElement[] cases = [.. reference.RootElement.GetProperty("cases").EnumerateArray()];
        BaseModel model = BaseModel.MiniEncoder;
        if (File.Exists(Path.Combine(folder, "config.json")))
            Assert.AreEqual(BaseModel.FromDirectory(folder).Fingerprint, model.Fingerprint);
        using BaseModelHandle handle = model.Acquire(ComputeType.Float32);
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        using PackedBatch batch = PackedBatch.Create([.. cases.Select((c, i) =>
            new TokenizedRow([.. c.GetProperty("ids").EnumerateArray().Select(v => v.GetInt32())], null, i))]);
        var context = new ForwardContext { Batch = batch, ComputeType = ComputeType.Float32 };
        PoolingSettings pooling = model.Pooling with { Normalize = true };
        float[] actual = GoldenBatch.ToCallersOrder(new Pooling(pooling, handle.Model).Embed(handle.Model.Forward(context), context).Floats(), batch);
        int width = actual.Length / cases.Length;
        for (int i = 0; i < cases.Length; i++)
        {
            float[] expected = [.. cases[i].GetProperty("embedding").EnumerateArray().Select(v => v.GetSingle())];
            TensorValues.AssertClose(expected, actual.AsSpan(i * width, width), GoldenTolerances.MiniEncoder, cases[i].GetProperty("text").GetString()!);
        }

        TestContext.WriteLine($"{cases.Length} texts of {folder}");
        Assert.IsNotEmpty(cases);
    }

    [TestMethod]
    public void MissingPackageGivesTheInstallLine()
    {
        BaseModelException error = Assert.ThrowsExactly<BaseModelException>(() => MiniEncoderFolder.Find("Microsoft.ML.Lora.MiniEncoder.Absent"));
        StringAssert.Contains(error.Message, "dotnet add package Microsoft.ML.Lora.MiniEncoder");
        StringAssert.Contains(error.Message, "BaseModel.FromDirectory");
    }
}
