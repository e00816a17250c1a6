using System.Globalization;
using TorchSharp;

namespace Microsoft.ML.Lora.Benchmarks.Training;

/// <summary>
/// What a training step of Python and PEFT took, BERT-base in float32, on two cores of two kinds of machines: the dense reference must be near to it,
/// or say why it is not.
/// </summary>
/// <param name="Machine">The kind.</param>
/// <param name="Instruction">An instruction set that tells it from the other.</param>
/// <param name="Default">ms per batch, by <see cref="BatchShape.Key"/>, as a user runs it.</param>
/// <param name="Passive">The same with OMP_WAIT_POLICY=PASSIVE.</param>
internal sealed record RecordedPython(string Machine, string Instruction, IReadOnlyDictionary<string, double> Default, IReadOnlyDictionary<string, double> Passive)
{
    private const int Cores = 2;
    private const double Near = 0.1;

    /// <summary>The kind with more instruction sets first.</summary>
    private static readonly RecordedPython[] s_all =
    [
        new("an Intel Xeon with AMX", "amx_bf16", Times(6440, 1548, 3085), Times(6493, 1654, 3717)),
        new("an AMD EPYC with avx512_bf16", "avx512_bf16", Times(8245, 3002, 4942), Times(5369, 1339, 2476)),
    ];

    /// <summary>The run recorded on this kind of machine; null where there is none, and with another number of threads.</summary>
    public static RecordedPython? Here => torch.get_num_threads() != Cores ? null
        : s_all.FirstOrDefault(r => Measuring.Machine.InstructionSets().Contains(r.Instruction));

    /// <summary>One or two lines: the ratio, and why it is not 1.</summary>
    /// <param name="batch">The key of a batch.</param>
    /// <param name="dense">What the dense float32 reference took, ms.</param>
    public string Compare(string batch, double dense)
    {
        bool passive = Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is { } policy && policy.Equals("passive", StringComparison.OrdinalIgnoreCase);
        double recorded = (passive ? Passive : Default)[batch], ratio = dense / recorded;
        string line = string.Create(CultureInfo.InvariantCulture,
            $"Python and PEFT, float32{(passive ? ", passive waiting" : "")}, recorded on two cores of {Machine}: {recorded:F0} ms; the dense reference took {ratio:F2} of it.");
        if (Math.Abs(ratio - 1) <= Near)
            return line;
        string why = batch == "real" ? "the lengths are others, and so is the longest row that all are padded to; " : "";
        return $"{line}{Environment.NewLine}  Why: {why}" + (ratio < 1
            ? "Python's threads of OpenMP and of its BLAS wait for each other by spinning (passive waiting changes its time by up to 2.4), and this libtorch's BLAS shares libtorch's threads."
            : "this libtorch is older and its BLAS another one; the machine's clock and its neighbours change all times of a run alike, so the ratios of a run stay telling.");
    }

    private static Dictionary<string, double> Times(double full, double brief, double real) => new() { ["long"] = full, ["short"] = brief, ["real"] = real };
}
