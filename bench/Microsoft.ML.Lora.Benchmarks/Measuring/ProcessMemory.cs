using System.Globalization;

namespace Microsoft.ML.Lora.Benchmarks.Measuring;

/// <summary>Resident memory of this process in MiB, from <c>/proc/self/status</c>; zeros where there is none.</summary>
/// <param name="Peak">The most there ever was.</param>
/// <param name="Anonymous">Memory of the process's own.</param>
/// <param name="FileBacked">Mapped files, which the system can drop at any time.</param>
internal sealed record ProcessMemory(double Peak, double Anonymous, double FileBacked)
{
    public static ProcessMemory Read()
    {
        if (!File.Exists("/proc/self/status"))
            return new ProcessMemory(0, 0, 0);
        Dictionary<string, double> values = [];
        foreach (string line in File.ReadLines("/proc/self/status"))
        {
            string[] parts = line.Split([' ', '\t', ':'], StringSplitOptions.RemoveEmptyEntries);
            if (parts is [string key, string number, "kB"])
                values[key] = double.Parse(number, CultureInfo.InvariantCulture) / 1024;
        }

        return new ProcessMemory(values.GetValueOrDefault("VmHWM"), values.GetValueOrDefault("RssAnon"), values.GetValueOrDefault("RssFile"));
    }
}
