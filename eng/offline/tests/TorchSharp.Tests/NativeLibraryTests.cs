using System.Diagnostics;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace TorchSharpTests;

/// <summary>What a program sees with and without the native library beside it.</summary>
[TestClass]
public sealed class NativeLibraryTests
{
    private const string Library = "libTorchSharpShim.so";

    [TestMethod]
    public void A_missing_library_is_not_supported_and_says_what_to_add()
    {
        var said = Run(withLibrary: false);
        Assert.StartsWith("System.NotSupportedException: This application or script uses TorchSharp but doesn't contain a reference to libtorch-cpu", said);
    }

    [TestMethod]
    public void With_the_library_it_loads() => Assert.AreEqual("loaded", Run(withLibrary: true));

    private static string Run(bool withLibrary)
    {
        var folder = Directory.CreateTempSubdirectory("torch");
        try
        {
            foreach (var file in Directory.GetFiles(AppContext.BaseDirectory))
            {
                var name = Path.GetFileName(file);
                if (name.StartsWith("TorchSharp", StringComparison.Ordinal) || (withLibrary && name == Library))
                {
                    File.Copy(file, Path.Combine(folder.FullName, name));
                }
            }
            var start = new ProcessStartInfo(Environment.ProcessPath!.Contains("dotnet", StringComparison.Ordinal) ? Environment.ProcessPath : "dotnet")
            {
                ArgumentList = { "exec", Path.Combine(folder.FullName, "TorchSharp.Tests.dll") },
                RedirectStandardOutput = true,
            };
            using var process = Process.Start(start)!;
            var said = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return said.Trim();
        }
        finally
        {
            folder.Delete(true);
        }
    }
}
