using System.Text.Json;
using Microsoft.ML.Lora.Checkpoints;
using Microsoft.ML.Lora.Models;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Tests.Models;

/// <summary>Every recorded model of a supported type, through the packed path.</summary>
[TestClass]
public sealed class GoldenModelTests
{
    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public void ModelsGiveTheRecordedOutputs()
    {
        var run = new GoldenRun(TestContext, "hf/models");
        foreach (string folder in GoldenFiles.Folders("hf", "models"))
        {
            string name = Path.GetFileName(folder);
            if (Unsupported(folder) is { } why)
            {
                run.LeaveOut(name, why);
                continue;
            }

            using JsonDocument manifest = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "case.json")));
            using var tensors = new GoldenTensors(Path.Combine(folder, "case.safetensors"));
            BaseModel model = BaseModel.FromDirectory(folder);
            foreach (JsonElement golden in manifest.RootElement.GetProperty("cases").EnumerateArray())
            {
                string tag = golden.GetProperty("tag").GetString()!, title = $"{name}/{tag}";
                GoldenBatch? batch = GoldenBatch.Read(tensors, tag, golden, out string reason);
                if (batch is null)
                    run.LeaveOut(title, reason);
                else
                    run.Case(title, () => Compare(model, tensors, golden, tag, batch, (output, because) => run.LeaveOut($"{title}.{output}", because)));
            }
        }

        run.Finish();
        Assert.AreEqual(0, BaseModelStore.LoadedCount, "all handles were disposed, so nothing may be loaded");
    }

    internal static string? Unsupported(string folder)
    {
        try
        {
            _ = ModelFamily.Of(HuggingFaceConfig.Read(Path.Combine(folder, "config.json")));
            _ = CheckpointFiles.Find(folder);
            return null;
        }
        catch (LoraFormatException e)
        {
            return e.Message;
        }
    }

    private static void Compare(
        BaseModel model, GoldenTensors tensors, JsonElement golden, string tag, GoldenBatch golds, Action<string, string> leaveOut)
    {
        // The README names this tag: the forward in bfloat16 throughout.
        bool bfloat16 = tag == "bf16";
        double tolerance = bfloat16 ? GoldenTolerances.ModelBFloat16 : GoldenTolerances.ModelFloat32;
        ComputeType type = bfloat16 ? ComputeType.BFloat16 : ComputeType.Float32;
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        using BaseModelHandle handle = model.Acquire(type);
        using PackedBatch batch = PackedBatch.Create(golds.Rows);
        List<Tensor> states = [];
        var context = new ForwardContext { Batch = batch, ComputeType = type, HiddenStates = states };
        Tensor hidden = handle.Model.Forward(context);
        var heads = new GoldenHeads(model, handle.Model, hidden, context);
        foreach (string output in golden.GetProperty("outputs").EnumerateArray().Select(o => o.GetString()!).Concat(Unlisted(tensors, golden, tag)))
        {
            float[] recorded = tensors.Floats($"{tag}.out.{output}");
            int[] shape = tensors.Shape($"{tag}.out.{output}");
            if (output == "last_hidden_state")
                golds.AssertTokens(recorded, hidden.Floats(), batch, tolerance, output);
            else if (output.StartsWith("hidden_states.", StringComparison.Ordinal))
                golds.AssertTokens(recorded, states[int.Parse(output["hidden_states.".Length..])].Floats(), batch, tolerance, output);
            else if (output == "loss")
                Loss(recorded);
            else if (heads.PerToken(output, shape.Length == 3 ? shape[2] : 1, shape.Length) is { } perToken)
                golds.AssertTokens(recorded, perToken.Floats(), batch, tolerance, output);
            else if (heads.PerRow(output) is { } perRow)
                GoldenBatch.AssertRows(recorded, perRow.Floats(), batch, tolerance, output);
            else if (output == "cosine")
                TensorValues.AssertClose(recorded, Cosine(GoldenBatch.ToCallersOrder(heads.PerRow("sentence_embedding")!.Floats(), batch), batch.RowCount), tolerance, output);
            else
                Assert.Fail($"Nothing computes the output '{output}'.");
        }

        states.ForEach(s => s.Dispose());

        void Loss(float[] recorded)
        {
            double? loss = GoldenLoss.Compute(tensors, tag, golds, batch, heads, out string because);
            if (loss is null)
                leaveOut("loss", because);
            else
                TensorValues.AssertClose(recorded, [(float)loss], tolerance, "loss");
        }
    }

    /// <summary>Outputs that a case has beyond its list: poolings and their cosines.</summary>
    private static IEnumerable<string> Unlisted(GoldenTensors tensors, JsonElement golden, string tag)
    {
        HashSet<string> listed = [.. golden.GetProperty("outputs").EnumerateArray().Select(o => o.GetString()!)];
        string prefix = $"{tag}.out.";
        return tensors.Names.Where(n => n.StartsWith(prefix, StringComparison.Ordinal) && !n.EndsWith(".f64", StringComparison.Ordinal))
            .Select(n => n[prefix.Length..]).Where(n => !listed.Contains(n));
    }

    private static float[] Cosine(float[] vectors, int rows)
    {
        int width = vectors.Length / rows;
        float[] result = new float[rows * rows];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < rows; j++)
            {
                double sum = 0;
                for (int k = 0; k < width; k++)
                    sum += vectors[(i * width) + k] * vectors[(j * width) + k];
                result[(i * rows) + j] = (float)sum;
            }
        }

        return result;
    }
}
