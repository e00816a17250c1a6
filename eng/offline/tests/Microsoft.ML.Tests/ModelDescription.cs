using System.Text.Json.Nodes;
using Gold;
using Microsoft.ML.Data;

namespace Microsoft.ML.Tests;

/// <summary>What a loaded model is made of, in the recorded form.</summary>
internal static class ModelDescription
{
    /// <summary>The types of the model and of its steps, indented.</summary>
    public static JsonArray Types(ITransformer model)
    {
        var lines = new JsonArray();
        Add(model, "");
        return lines;

        void Add(ITransformer transformer, string indent)
        {
            lines.Add(indent + transformer.GetType());
            if (transformer is not IEnumerable<ITransformer> steps)
                return;
            foreach (var step in steps)
                Add(step, indent + "  ");
        }
    }

    public static JsonObject Try(Func<JsonNode?> describe)
    {
        try
        {
            return new JsonObject { ["value"] = describe() };
        }
        catch (Exception error)
        {
            return new JsonObject { ["exception"] = Encoder.EncodeException(error) };
        }
    }

    public static JsonObject LoadWithDataLoader(string path)
        => Try(() =>
        {
            var model = new MLContext(1).Model.LoadWithDataLoader(path, out IDataLoader<IMultiStreamSource> loader);
            return new JsonObject
            {
                ["types"] = Types(model),
                ["loaderType"] = loader.GetType().ToString(),
                ["loaderSchema"] = Encoder.EncodeSchema(loader.GetOutputSchema()),
            };
        });
}
