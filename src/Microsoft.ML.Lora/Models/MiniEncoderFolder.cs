using System.Reflection;

namespace Microsoft.ML.Lora.Models;

/// <summary>Finds the folder of the data package without a reference to it.</summary>
internal static class MiniEncoderFolder
{
    /// <summary>The name saved models give it.</summary>
    public const string Id = "mini-encoder";

    private const string Package = "Microsoft.ML.Lora.MiniEncoder";

    /// <summary>The folder.</summary>
    /// <exception cref="BaseModelException">The package is not there.</exception>
    public static string Find() => Find(Package);

    /// <summary>As <see cref="Find()"/> for a package of another name, for tests.</summary>
    internal static string Find(string package)
    {
        try
        {
            Type type = Assembly.Load(package).GetType("Microsoft.ML.Lora.MiniEncoderPackage", throwOnError: true)!;
            return (string)type.GetProperty("Directory", BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!;
        }
        catch (Exception e) when (e is FileNotFoundException or FileLoadException or BadImageFormatException)
        {
            throw new BaseModelException(
                $"No base model was given, and the package with the default one is not installed. Install it with " +
                $"'dotnet add package {package}', or name a folder: BaseModel.FromDirectory(path).", e);
        }
        catch (TargetInvocationException e) when (e.InnerException is DirectoryNotFoundException inner)
        {
            throw new BaseModelException(inner.Message, inner);
        }
    }
}
