using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.ML;
using Microsoft.ML.Lora;
using Microsoft.ML.Lora.FreshProcess;

// predict MODEL.zip TEXT...                  one line per text: label, then the scores; nothing but ML.NET is called
// fit BASE-FOLDER TRAIN.tsv MODEL.zip SEED   trains and saves; TRAIN.tsv has lines of label, tab, text
// fit-default TRAIN.tsv                      trains on the embedded default
// An error goes to standard error as "Type: message" of every exception in the chain, and the exit code is 1.
try
{
    switch (args)
    {
        case ["predict", var model, .. var texts]:
            Predict(model, texts);
            return 0;
        case ["fit", var folder, var rows, var model, var seed]:
            Fit(folder, rows, model, int.Parse(seed, CultureInfo.InvariantCulture));
            return 0;
        case ["fit-default", var rows]:
            FitDefault(rows);
            return 0;
        default:
            Console.Error.WriteLine("unknown command");
            return 2;
    }
}
catch (Exception e)
{
    for (Exception? error = e; error is not null; error = error.InnerException)
        Console.Error.WriteLine($"{error.GetType().Name}: {error.Message}");
    return 1;
}

// Methods of their own, so that "predict" does not load the library through this program's code.
[MethodImpl(MethodImplOptions.NoInlining)]
static void Predict(string path, string[] texts)
{
    ITransformer model = new MLContext().Model.Load(path, out _);
    using PredictionEngine<Message, Intent> engine = new MLContext().Model.CreatePredictionEngine<Message, Intent>(model);
    foreach (string text in texts)
    {
        Intent intent = engine.Predict(new Message { Text = text });
        string scores = string.Join(' ', intent.Score.Select(score => score.ToString("R", CultureInfo.InvariantCulture)));
        Console.WriteLine($"{intent.PredictedLabel}\t{scores}");
    }
}

[MethodImpl(MethodImplOptions.NoInlining)]
static void Fit(string folder, string rows, string path, int seed)
{
    var ml = new MLContext(seed);
    var pipeline = ml.Transforms.Conversion.MapValueToKey("Label")
        .Append(ml.MulticlassClassification.Trainers.LoraTextClassification(
            sentence1ColumnName: "Text", maxEpochs: 3, baseModel: BaseModel.FromDirectory(folder)))
        .Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
    IDataView data = Rows(ml, rows);
    ml.Model.SaveAtomic(pipeline.Fit(data), data.Schema, path);
}

[MethodImpl(MethodImplOptions.NoInlining)]
static void FitDefault(string rows)
{
    var ml = new MLContext(1);
    ml.Transforms.Conversion.MapValueToKey("Label")
        .Append(ml.MulticlassClassification.Trainers.LoraTextClassification(sentence1ColumnName: "Text", maxEpochs: 1))
        .Fit(Rows(ml, rows));
}

static IDataView Rows(MLContext ml, string path) => ml.Data.LoadFromEnumerable(
    File.ReadLines(path).Select(line => line.Split('\t')).Select(cells => new Message { Label = cells[0], Text = cells[1] }).ToArray());
