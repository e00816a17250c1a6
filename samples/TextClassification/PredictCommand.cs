using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace TextClassification;

/// <summary><c>predict</c>: a saved model answers, in a process that knows nothing of the training.</summary>
internal static class PredictCommand
{
    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Task<int> RunAsync(
        string modelPath, string? baseModelDirectory, IReadOnlyList<string> texts, bool asJson, TextWriter output, CancellationToken cancellationToken)
    {
        using IntentModel model = IntentModel.Load(modelPath, baseModelDirectory);
        foreach (string text in texts.Count > 0 ? texts : Lines(Console.In))
        {
            cancellationToken.ThrowIfCancellationRequested();
            Prediction prediction = model.Predict(text);
            output.WriteLine(asJson ? JsonSerializer.Serialize(prediction, _json) : Describe(prediction));
        }

        return Task.FromResult(ExitCode.Success);
    }

    public static Prediction Parse(string jsonLine) =>
        JsonSerializer.Deserialize<Prediction>(jsonLine, _json) ?? throw new FormatException("The second process wrote an empty prediction.");

    private static IEnumerable<string> Lines(TextReader reader)
    {
        while (reader.ReadLine() is { } line)
            yield return line;
    }

    private static string Describe(Prediction prediction)
    {
        string scores = string.Join(", ", prediction.Scores.Take(3).Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Label} {s.Score:P1}")));
        return $"{prediction.Text}\n    {scores}";
    }
}
