using System.Text.Json;
using Microsoft.ML.Data;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Estimators;

/// <summary>
/// Zips that earlier versions saved, on the tiny base, stay loadable: Goldens/zips has each with the scores of its adapter on the text alone
/// ("[CLS] text [SEP]"). Never replace one; add one.
/// </summary>
[TestClass]
public sealed class EarlierZipTests
{
    // The same float32 arithmetic in another order, on another processor.
    private const float Tolerance = 1e-4f;

    [TestMethod]
    public void TheyScoreAsTheyDid()
    {
        string root = Path.Combine(AppContext.BaseDirectory, "Goldens", "zips");
        string[] zips = Directory.GetFiles(root, "*.zip");
        Console.WriteLine($"{root}: {zips.Length}");
        Assert.IsNotEmpty(zips);
        using var tiny = new TinyBase();
        foreach (string zip in zips)
        {
            var ml = new MLContext();
            ITransformer model = ml.Model.Load(zip, out _);
            TinyPipeline.Classifier(model).BindBase(tiny.Model);
            JsonElement[] rows = [.. JsonDocument.Parse(File.ReadAllBytes(Path.ChangeExtension(zip, ".json"))).RootElement.EnumerateArray()];
            float[][] scores = TinyPipeline.Scores(ml, model, rows.Select(row => new Message { Text = row.GetProperty("text").GetString()! }));
            for (int i = 0; i < rows.Length; i++)
            {
                float[] expected = [.. rows[i].GetProperty("scores").EnumerateArray().Select(score => score.GetSingle())];
                Assert.HasCount(expected.Length, scores[i]);
                for (int c = 0; c < expected.Length; c++)
                    Assert.AreEqual(expected[c], scores[i][c], Tolerance, $"{Path.GetFileName(zip)}, row {i}");
            }
        }
    }
}
