using Microsoft.ML.Lora.Data;
using Microsoft.ML.Lora.Tests.Estimators;
using Microsoft.ML.Lora.Text;
using Microsoft.ML.Lora.Training;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Data;

/// <summary>What training sees of a row.</summary>
[TestClass]
public sealed class ExampleReaderTests
{
    [TestMethod]
    public void OneTextIsNotAPairWithAnEmptySecond()
    {
        using var tiny = new TinyBase();
        var ml = new MLContext(1);
        IDataView rows = ml.Data.LoadFromEnumerable(Messages.Make(20));
        rows = ml.Transforms.Conversion.MapValueToKey("Label").Fit(rows).Transform(rows);
        HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.Load(tiny.Folder);
        var reader = new ExampleReader(
            new ColumnNames("Label", "Score", "PredictedLabel", "Text", null, null), new RowEncoder(tokenizer, 64), TokenCache.InMemory, _ => { }, default);
        using TrainingSet set = reader.ReadTraining(rows, LabelInfo.FromColumn(rows.Schema["Label"]));
        Message[] messages = Messages.Make(20);
        Assert.AreEqual(messages.Length, set.Count);
        for (int i = 0; i < messages.Length; i++)
        {
            int[] ids = [tokenizer.TokenToId("[CLS]")!.Value, .. tokenizer.EncodeToIds(messages[i].Text), tokenizer.TokenToId("[SEP]")!.Value];
            CollectionAssert.AreEqual(ids, set.Row(i).Ids);
            Assert.IsNull(set.Row(i).TypeIds);
        }
    }
}
