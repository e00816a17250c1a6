using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text;
using Microsoft.ML.Lora.Kernels;

namespace Microsoft.ML.Lora.Benchmarks.Measuring;

/// <summary>The machine that a run measures on.</summary>
internal static class Machine
{
    /// <summary>Instruction sets that decide how fast matrix products are.</summary>
    private static readonly string[] _telling = ["avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "amx_tile", "amx_bf16", "asimd", "sve", "bf16"];

    /// <summary>Several lines: system, processor, instruction sets, the vectors that the product's kernels use (the runtime may have been told to leave some out), memory.</summary>
    public static string Describe()
    {
        var text = new StringBuilder();
        text.AppendLine($"System        {RuntimeInformation.OSDescription.Trim()}, .NET {Environment.Version}");
        text.AppendLine($"Processor     {ProcessorName()}, {Environment.ProcessorCount} logical cores");
        text.AppendLine($"Instructions  {string.Join(' ', InstructionSets())}");
        text.AppendLine($"Kernels       {(VectorKernels.Available ? $"vectors of {VectorKernels.Width} bits" : "no vectors: stock operators")}");
        text.Append($"Memory        {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1L << 20):N0} MiB");
        return text.ToString();
    }

    /// <summary>Flags as the kernel names them; what the runtime knows elsewhere.</summary>
    public static IReadOnlyList<string> InstructionSets()
    {
        string[] flags = (CpuInfo("flags") ?? CpuInfo("Features") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (flags.Length > 0)
            return [.. _telling.Intersect(flags)];
        List<string> known = [];
        if (Avx2.IsSupported)
            known.Add("avx2");
        if (Avx512F.IsSupported)
            known.Add("avx512f");
        if (System.Runtime.Intrinsics.Arm.AdvSimd.IsSupported)
            known.Add("asimd");
        return known;
    }

    private static string ProcessorName() => CpuInfo("model name") ?? RuntimeInformation.ProcessArchitecture.ToString();

    private static string? CpuInfo(string key)
    {
        if (!File.Exists("/proc/cpuinfo"))
            return null;
        string? line = File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith(key, StringComparison.Ordinal));
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
    }
}
