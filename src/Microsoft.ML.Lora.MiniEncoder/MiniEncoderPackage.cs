namespace Microsoft.ML.Lora;

/// <summary>Where the files of the mini encoder lie.</summary>
/// <remarks>
/// <c>Microsoft.ML.Lora</c> does not reference this assembly: it loads it by name when no base model is given and reads
/// <see cref="Directory"/>. Applications need this type only to use the folder in another way.
/// </remarks>
public static class MiniEncoderPackage
{
    /// <summary>The name of the folder that the package puts beside the assembly.</summary>
    public const string FolderName = "mini-encoder";

    /// <summary>
    /// The full path of the folder with <c>config.json</c>, <c>model.safetensors</c> and the tokenizer's files: beside this assembly,
    /// or beside the application when the assembly is bundled into one file.
    /// </summary>
    /// <exception cref="DirectoryNotFoundException">The folder was not deployed with the application. The message names the places looked at.</exception>
    public static string Directory
    {
        get
        {
            string?[] places = [Path.GetDirectoryName(AssemblyPath), AppContext.BaseDirectory];
            List<string> folders = [];
            foreach (string? place in places)
            {
                if (string.IsNullOrEmpty(place))
                    continue;
                string folder = Path.Combine(place, FolderName);
                if (File.Exists(Path.Combine(folder, "config.json")))
                    return folder;
                if (!folders.Contains(folder))
                    folders.Add(folder);
            }
            throw new DirectoryNotFoundException(
                $"The folder '{FolderName}' of the package Microsoft.ML.Lora.MiniEncoder was not found. Looked for: {string.Join(", ", folders)}. " +
                "Copy it with the application, or name a base model: BaseModel.FromDirectory(path).");
        }
    }

    // Empty in an application published as a single file.
    [System.Diagnostics.CodeAnalysis.UnconditionalSuppressMessage("SingleFile", "IL3000", Justification = "An empty path is handled.")]
    private static string AssemblyPath => typeof(MiniEncoderPackage).Assembly.Location;
}
