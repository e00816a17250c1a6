using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Hub;

/// <summary>A test with a hub, an empty cache, and none of the environment's settings.</summary>
public abstract class HubTest
{
    private Variables _variables = null!;

    private protected TemporaryFolder _folder = null!;

    private protected TestHub _hub = null!;

    [TestInitialize]
    public void Start()
    {
        _variables = new Variables();
        _folder = new TemporaryFolder();
        _hub = new TestHub();
    }

    [TestCleanup]
    public void Stop()
    {
        _hub.Dispose();
        _folder.Dispose();
        _variables.Dispose();
    }

    /// <summary>Downloads the hub's model into the cache.</summary>
    private protected BaseModel Download(Action<HubOptions>? change = null, string revision = "main")
    {
        HubOptions options = _hub.Options(_folder.FullPath);
        change?.Invoke(options);
        return BaseModel.FromHub(TestHub.Id, revision, options);
    }
}
