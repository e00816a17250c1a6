using System.Collections.Concurrent;
using System.Text;

namespace Microsoft.ML.Lora.Models;

/// <summary>
/// Finds the base of a saved model by its fingerprint: in the folder it lay in when the model was trained, among those already used in this process, under the
/// folders of the environment variable <see cref="SearchPathVariable"/>, in the embedded package.
/// </summary>
internal static class BaseModelLocator
{
    /// <summary>Folders separated as in PATH; each is a model, or holds models one level below.</summary>
    public const string SearchPathVariable = "LORA_BASE_MODELS";

    private static readonly ConcurrentDictionary<string, BaseModel> s_used = new(StringComparer.Ordinal);

    /// <summary>Finds the base.</summary>
    /// <param name="expected">What the saved model knows of it.</param>
    /// <param name="folder">Where it lay when the model was trained, or a folder above models; or null.</param>
    /// <exception cref="BaseModelException">No place has it. The message says what was expected and what each place has.</exception>
    public static BaseModel Find(BaseModelReference expected, string? folder = null)
    {
        var looked = new StringBuilder();
        if (folder is not null && InFolder(folder, expected, "where it was trained", looked) is { } given)
            return given;
        foreach (BaseModel used in s_used.Values)
        {
            // Its files may have changed since.
            BaseModel now = used.Fresh();
            if (Is(now, expected, looked))
                return now;
        }

        string? variable = Environment.GetEnvironmentVariable(SearchPathVariable);
        if (string.IsNullOrEmpty(variable))
            Note(looked, $"the environment variable {SearchPathVariable}", "not set");
        foreach (string entry in (variable ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (InFolder(entry, expected, SearchPathVariable, looked) is { } found)
                return found;
        }

        try
        {
            if (Is(BaseModel.MiniEncoder, expected, looked))
                return BaseModel.MiniEncoder;
        }
        catch (BaseModelException)
        {
            Note(looked, "the package Microsoft.ML.Lora.MiniEncoder", "not installed");
        }

        throw new BaseModelException(
            $"The base model {expected} that this model was trained on was not found. Looked at:{looked}{Environment.NewLine}" +
            $"Give it with transformer.BindBase(BaseModel.FromDirectory(path)), or let {SearchPathVariable} name the folder that holds it.");
    }

    /// <summary>A base that was used is found again without any search path.</summary>
    internal static void Remember(BaseModel model) => s_used.TryAdd(model.Directory, model);

    private static BaseModel? InFolder(string folder, BaseModelReference expected, string origin, StringBuilder looked)
    {
        if (!Directory.Exists(folder))
        {
            Note(looked, $"'{folder}' ({origin})", "does not exist");
            return null;
        }

        string[] candidates = IsModel(folder) ? [folder] : [.. Directory.EnumerateDirectories(folder).Where(IsModel).Order(StringComparer.Ordinal)];
        if (candidates.Length == 0)
            Note(looked, $"'{folder}' ({origin})", "neither it nor a folder in it has a config.json");
        foreach (string candidate in candidates)
        {
            BaseModel model = BaseModel.FromDirectory(candidate);
            if (Is(model, expected, looked))
                return model;
        }

        return null;
    }

    private static bool IsModel(string folder) => File.Exists(Path.Combine(folder, "config.json"));

    private static bool Is(BaseModel model, BaseModelReference expected, StringBuilder looked)
    {
        try
        {
            if (model.Fingerprint == expected.Fingerprint)
                return true;
            Note(looked, $"'{model.Directory}'", $"another model ({model.Fingerprint})");
        }
        catch (Exception e) when (e is LoraFormatException or IOException or UnauthorizedAccessException)
        {
            Note(looked, $"'{model.Id}'", $"cannot be read: {e.Message}");
        }

        return false;
    }

    private static void Note(StringBuilder looked, string place, string what) => looked.Append($"{Environment.NewLine}- {place}: {what}");
}
