using System.Reflection;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Signatures;

/// <summary>Names, versions and keys of the subset assemblies are those of the real ones, because saved models and references name them.</summary>
[TestClass]
public sealed class IdentityTests
{
    private const string MicrosoftMlToken = "cc7b13ffcd2ddd51";
    private const string TorchSharpToken = "67b0e5e1da516a1c";

    [TestMethod]
    [DynamicData(nameof(SubsetSurfaceTests.Assemblies), typeof(SubsetSurfaceTests))]
    public void Identity_is_that_of_the_real_assembly(string name)
    {
        var identity = Assembly.Load(new AssemblyName(name)).GetName();
        var torch = name == "TorchSharp";
        Assert.AreEqual(torch ? "0.102.7.0" : "1.0.0.0", identity.Version!.ToString());
        Assert.AreEqual(torch ? TorchSharpToken : MicrosoftMlToken, Convert.ToHexStringLower(identity.GetPublicKeyToken()!));
        Assert.AreEqual("", identity.CultureName);
    }
}
