namespace Microsoft.ML.Lora.Tests.Processes;

/// <summary>What the test assembly does when a test starts it as a process of its own: <c>ROLE arguments</c>. See <see cref="ChildProcess"/>.</summary>
internal static class Program
{
    private static readonly Dictionary<string, Action<string[]>> s_roles = new(StringComparer.Ordinal)
    {
        [Training.TinyTask.Role] = Training.TinyTask.RunAsChild,
        [Killing.KillChild.Role] = Killing.KillChild.Run,
        [Training.RecomputeTests.MemoryRole] = Training.RecomputeTests.MeasureMemoryAsChild,
        [Training.DiskTests.SpillRole] = Training.DiskTests.SpillAsChild,
        [Hub.HubChild.Role] = Hub.HubChild.Run,
        [Kernels.VectorWidthTests.Role] = Kernels.VectorWidthTests.ComputeAsChild,
    };

    private static int Main(string[] args)
    {
        if (args.Length == 0 || !s_roles.TryGetValue(args[0], out Action<string[]>? role))
        {
            Console.Error.WriteLine($"Usage: ROLE [arguments], where ROLE is one of {string.Join(", ", s_roles.Keys)}. Tests run with 'dotnet test'.");
            return 2;
        }

        try
        {
            role(args[1..]);
            return 0;
        }
        catch (Exception e)
        {
            Console.Error.WriteLine(e);
            return 1;
        }
    }
}
