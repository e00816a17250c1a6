using Microsoft.ML.Data;

namespace Microsoft.ML.Lora.Benchmarks.Measuring;

/// <summary>Tab separated files with the header <c>Label Text</c>, and the pipeline that the commands train on them.</summary>
internal static class LabelledTexts
{
    /// <summary>The sample's messages, which every build has.</summary>
    public static string DefaultTraining => Path.Combine(AppContext.BaseDirectory, "data", "intents.tsv");

    /// <summary>Its held-out messages.</summary>
    public static string DefaultTest => Path.Combine(AppContext.BaseDirectory, "data", "intents-heldout.tsv");

    public static IDataView Load(MLContext ml, string path) => ml.Data.LoadFromTextFile(
        path, [new TextLoader.Column("Label", DataKind.String, 0), new TextLoader.Column("Text", DataKind.String, 1)], hasHeader: true);

    public static ITransformer Train(MLContext ml, IDataView data, string? baseModel, LoraOptions lora, TrainingOptions training)
    {
        var trainer = ml.MulticlassClassification.Trainers.LoraTextClassification(new LoraTextClassificationTrainer.Options
        {
            Sentence1ColumnName = "Text",
            BaseModel = baseModel is null ? BaseModel.MiniEncoder : BaseModel.FromDirectory(baseModel),
            Lora = lora,
            Training = training,
        });
        return ml.Transforms.Conversion.MapValueToKey("Label")
            .Append(trainer)
            .Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"))
            .Fit(data);
    }

    /// <summary>The LoRA transformer of such a pipeline's model.</summary>
    public static LoraTextClassificationTransformer ClassifierOf(ITransformer model) =>
        ((IEnumerable<ITransformer>)model).OfType<LoraTextClassificationTransformer>().Single();
}
