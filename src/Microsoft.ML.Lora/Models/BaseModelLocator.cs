using System.Collections.Concurrent;
using System.Text;
using Microsoft.ML.Lora.Hub;

namespace Microsoft.ML.Lora.Models;

/// <summary>
/// Finds the base of a saved model by its fingerprint: in the folder it lay in when the model was trained, among those already used in this process, under the
/// folders of the environment variable <see cref="SearchPathVariable"/>, in the hub cache, in the embedded package. Never uses the network.
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

        if (InHubCache(expected, looked) is { } cached)
            return cached;
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
            $"Give it with transformer.BindBase(BaseModel.FromDirectory(path)), or let {SearchPathVariable} name the folder that holds it" +
            (expected.Revision is null ? "." : $", or fill the hub cache: BaseModel.FromHub(\"{expected.Id}\", \"{expected.Revision}\")."));
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

    // The recorded commit first, then all others of the same id: the fingerprint decides.
    private static BaseModel? InHubCache(BaseModelReference expected, StringBuilder looked)
    {
        if (HubNames.ProblemOfId(expected.Id) is not null)
            return null;
        var cache = new HubCache();
        try
        {
            HubSnapshot[] snapshots = [.. cache.Snapshots(expected.Id).OrderByDescending(snapshot => snapshot.Commit == expected.Revision)];
            if (snapshots.Length == 0)
                Note(looked, $"the hub cache '{cache.Folder}'", $"no {HubNames.FolderOf(expected.Id)}");
            foreach (HubSnapshot snapshot in snapshots)
            {
                if (HubFiles.MissingIn(snapshot.Folder, withTokenizer: false) is { } missing)
                    Note(looked, $"'{snapshot.Folder}'", missing);
                else if (BaseModel.Of(snapshot) is var model && Is(model, expected, looked))
                    return model;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Note(looked, $"the hub cache '{cache.Folder}'", $"cannot be read: {e.Message}");
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
