using TorchSharp;

namespace TorchSharpTests;

/// <summary>The tests as a program: says which exception a user sees who has no native library. Started by <see cref="NativeLibraryTests"/>.</summary>
internal static class Program
{
    internal static void Main()
    {
        try
        {
            using var one = torch.ones(1);
            Console.WriteLine("loaded");
        }
        catch (Exception failure)
        {
            Console.WriteLine($"{failure.GetBaseException().GetType().FullName}: {failure.GetBaseException().Message}");
        }
    }
}
