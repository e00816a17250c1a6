using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.TorchSharp;

// Both trainers in one process. ML.NET's downloads its weights when it trains, so it is only fitted when asked for: --with-download.
var ml = new MLContext(seed: 1);
Message[] messages =
[
    new("order", "where is my parcel"), new("order", "has my order left the warehouse"), new("order", "when does it arrive"),
    new("refund", "give me my money back"), new("refund", "when is the refund paid"), new("refund", "i want a refund"),
];
IDataView data = ml.Data.LoadFromEnumerable(messages);
IDataView keyed = ml.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data);

var theirs = ml.MulticlassClassification.Trainers.TextClassification(labelColumnName: "Label", sentence1ColumnName: "Text", batchSize: 2, maxEpochs: 1);
var ours = ml.MulticlassClassification.Trainers.LoraTextClassification(labelColumnName: "Label", sentence1ColumnName: "Text", batchSize: 2, maxEpochs: 1);

IDataView scored = ours.Fit(keyed).Transform(keyed);
Console.WriteLine($"LoraTextClassification: accuracy on its {messages.Length} rows {ml.MulticlassClassification.Evaluate(scored).MicroAccuracy:F2}");
if (args.Contains("--with-download"))
{
    scored = theirs.Fit(keyed).Transform(keyed);
    Console.WriteLine($"TextClassification: accuracy on its {messages.Length} rows {ml.MulticlassClassification.Evaluate(scored).MicroAccuracy:F2}");
}

Console.WriteLine($"{theirs.GetType().Name} and {ours.GetType().Name} live in one program.");

internal sealed class Message(string label, string text)
{
    public string Label { get; set; } = label;

    public string Text { get; set; } = text;
}
