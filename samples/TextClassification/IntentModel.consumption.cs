using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Lora;

namespace TextClassification;

/// <summary>Tells what a message is about. This half loads a saved model and predicts; the other half trains one.</summary>
internal sealed partial class IntentModel : IDisposable
{
    private readonly PredictionEngine<ModelInput, ModelOutput> _engine;
    private readonly string[] _labels;

    /// <summary>Predicts with a model just trained or loaded, which stays the caller's.</summary>
    public IntentModel(MLContext ml, ITransformer model)
    {
        _engine = ml.Model.CreatePredictionEngine<ModelInput, ModelOutput>(model, new PredictionEngineOptions { OwnsTransformer = false });

        // Text labels are the slot names of the scores; labels of other types (numbers, for example) are not, so they come from the key.
        _labels = LabelsOf(_engine.OutputSchema);
    }

    /// <summary>Reads a saved model.</summary>
    /// <param name="path">The zip.</param>
    /// <param name="baseModelDirectory">Where the base model lies; null: where the model finds it itself.</param>
    public static IntentModel Load(string path, string? baseModelDirectory = null)
    {
        var ml = new MLContext();
        ITransformer model = ml.Model.Load(path, out _);
        if (baseModelDirectory is not null)
            FindClassifier(model).BindBase(BaseModel.FromDirectory(baseModelDirectory));
        return new IntentModel(ml, model);
    }

    /// <summary>The most likely label, and the probability of every label.</summary>
    public Prediction Predict(string text)
    {
        ModelOutput output = _engine.Predict(new ModelInput { Text = text });
        var scores = _labels.Zip(output.Score, (label, score) => new LabelScore(label, score));
        return new Prediction(text, output.PredictedLabel, [.. scores.OrderByDescending(s => s.Score)]);
    }

    public void Dispose() => _engine.Dispose();

    private static string[] LabelsOf(DataViewSchema schema)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        schema["Score"].GetSlotNames(ref names);
        return [.. names.DenseValues().Select(n => n.ToString())];
    }

    /// <summary>The columns of the training data. Only <see cref="Text"/> is needed to predict.</summary>
    internal sealed class ModelInput
    {
        public string Label { get; set; } = "";

        public string Text { get; set; } = "";
    }

    /// <summary>What the model adds to a row.</summary>
    internal sealed class ModelOutput
    {
        public string PredictedLabel { get; set; } = "";

        public float[] Score { get; set; } = [];
    }
}
