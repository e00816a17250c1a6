namespace Microsoft.ML.Lora.Tests.Hub;

/// <summary>A process that downloads: <c>ENDPOINT CACHE ID</c>. Writes the folder.</summary>
internal static class HubChild
{
    public const string Role = "hub-download";

    public static void Run(string[] arguments)
    {
        BaseModel model = BaseModel.FromHub(arguments[2], options: new HubOptions { Endpoint = arguments[0], CacheDirectory = arguments[1], Token = "" });
        Console.WriteLine(model.Directory);
    }
}
