using System.Text.Json;
using Microsoft.ML.Lora.Adapters;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Adapters;

/// <summary>Adapter folders in old, unusual and broken forms: read as recorded, or refused with a message that names the file.</summary>
[TestClass]
public sealed class PeftFilesTests
{
    public required TestContext TestContext { get; set; }

    [TestMethod]
    [DataRow("formats")]
    [DataRow("broken")]
    public void UnusualFolders(string group)
    {
        var run = new GoldenRun(TestContext, $"peft/{group}");
        string ordinaryFolder = GoldenFiles.Folder("peft", "formats", "ordinary");
        string baseName = BaseOf(ordinaryFolder)!;
        using var baseTensors = new GoldenTensors(Path.Combine(PeftCase.BaseFolder(baseName), "golden.safetensors"));
        PeftBatch batch = PeftBatch.Read(baseTensors, "in.");
        float[] ordinary;
        using (PeftCase reference = PeftCase.Open(ordinaryFolder, baseName))
            ordinary = reference.Score(batch.Rows);

        foreach (JsonProperty record in GoldenJson.Load(GoldenFiles.File("peft", group, "index.json")).EnumerateObject())
        {
            string folder = Path.Combine(GoldenFiles.Root, "peft", group, record.Name);
            if (!Directory.Exists(folder))
            {
                run.LeaveOut(record.Name, "no folder");
                continue;
            }

            if ((record.Value.Maybe("loaded_on_base")?.GetString() ?? BaseOf(folder)) is { } other && other != baseName)
            {
                run.LeaveOut(record.Name, $"its base, {other}, is another one");
                continue;
            }

            run.Case(record.Name, () => Check(group, folder, baseName, record.Value, batch, ordinary));
        }

        run.Finish();
    }

    private void Check(string group, string folder, string baseName, JsonElement record, PeftBatch batch, float[] ordinary)
    {
        bool theirs = record.Text("load") == "ok";
        double? distance = record.MaybeNumber("max_abs_minus_ordinary");
        PeftCase peft;
        try
        {
            peft = PeftCase.Open(folder, baseName);
        }
        catch (LoraFormatException e)
        {
            // Where PEFT reads on with other numbers than were meant, refusing is the point; where it reads the same, it is a limit.
            TestContext.WriteLine($"{Path.GetFileName(folder)} ({(theirs ? "PEFT reads it" : "PEFT refuses it")}): refused: {e.Message}");
            StringAssert.Contains(e.Message, Path.GetFileName(folder));
            return;
        }

        using (peft)
        {
            float[] logits = peft.Score(batch.Rows);
            if (logits.Length != ordinary.Length)
            {
                TestContext.WriteLine($"{Path.GetFileName(folder)}: read; here the file says how many classes there are");
                Assert.IsFalse(theirs);
                return;
            }

            double ours = TensorValues.MaxDifference(ordinary, logits);
            TestContext.WriteLine($"{Path.GetFileName(folder)} ({(theirs ? "PEFT reads it" : "PEFT refuses it")}): read, {ours:G3} from the ordinary form");
            if (theirs)
                GoldenAssert.Near(distance ?? 0, ours, 2 * GoldenTolerances.PeftLogits, "distance to the ordinary form");
            else if (group == "formats")
                GoldenAssert.Near(0, ours, GoldenTolerances.PeftLogits, "a form that PEFT refuses is read as what it says");
            else
                Assert.Fail("A broken folder was read.");
        }
    }

    private static string? BaseOf(string folder)
    {
        string path = Path.Combine(folder, PeftFormat.ConfigFileName);
        try
        {
            return File.Exists(path) ? GoldenJson.Load(path).Maybe("base_model_name_or_path")?.GetString()?.Split('/')[^1] : null;
        }
        catch (JsonException)
        {
            return null; // a broken configuration is what some of the folders are about
        }
    }
}
