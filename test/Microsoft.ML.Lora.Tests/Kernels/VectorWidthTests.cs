using System.Globalization;
using Microsoft.ML.Lora.Kernels;
using Microsoft.ML.Lora.Tests.Processes;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Tests.Kernels;

/// <summary>
/// What machines with narrower vectors compute: the same kernels in a child process whose runtime is told to leave instruction sets out.
/// Where this machine lacks them too, parent and child are alike, and the comparison is exact all the more.
/// </summary>
[TestClass]
public sealed class VectorWidthTests
{
    internal const string Role = "kernels";

    private const int Rows = 40, Columns = 96, Heads = 3;

    [TestMethod]
    [DataRow("DOTNET_EnableAVX512", 256)]
    [DataRow("DOTNET_EnableAVX", 128)]
    public void NarrowVectorsGiveTheSameMasksAndValues(string switchedOff, int width)
    {
        using var folder = new TemporaryFolder();
        string file = folder.File("kernels.bin");
        int actual = int.Parse(ChildProcess.RunWith([(switchedOff, "0")], Role, file), CultureInfo.InvariantCulture);
        Assert.IsLessThanOrEqualTo(width, actual, "bits of the child's vectors");
        using var reader = new BinaryReader(File.OpenRead(file));
        foreach ((string name, double tolerance, float[] expected) in Compute())
        {
            float[] values = new float[reader.ReadInt32()];
            for (int i = 0; i < values.Length; i++)
                values[i] = reader.ReadSingle();
            if (tolerance == 0)
                CollectionAssert.AreEqual(expected, values, name);
            else
                TensorValues.AssertClose(expected, values, tolerance, name);
        }

        Assert.AreEqual(reader.BaseStream.Length, reader.BaseStream.Position, "all that the child wrote was compared");
    }

    /// <summary>Prints the width and writes all results.</summary>
    internal static void ComputeAsChild(string[] arguments)
    {
        Console.WriteLine(VectorKernels.Width);
        using var writer = new BinaryWriter(File.Create(arguments[0]));
        foreach ((_, _, float[] values) in Compute())
        {
            writer.Write(values.Length);
            foreach (float value in values)
                writer.Write(value);
        }
    }

    /// <summary>What kernels give. Masks and products are exact; sums depend on the width by their order and on single or double rounding.</summary>
    private static IEnumerable<(string Name, double Tolerance, float[] Values)> Compute()
    {
        using DisposeScope scope = NewDisposeScope();
        ulong[] keys = [.. Enumerable.Range(0, Rows).Select(i => CounterRandom.Key(6, RandomStreams.Synthetic, (ulong)i))];
        foreach (ScalarType type in (ScalarType[])[ScalarType.Float32, ScalarType.BFloat16])
        {
            // Values reach 4, where a unit in the last place is 5e-7 or 3e-2.
            double rounding = type == ScalarType.Float32 ? 5e-6 : 4e-2;
            foreach (int columns in (int[])[1, 33, Columns])
                yield return ($"mask, {type}, {columns}", 0, DropoutMask.Create(keys, columns, 0.3f, DropoutMask.KeptScale(0.3f), type).Floats());
            Tensor x = DropoutAddNormTests.Values(1, type, Rows, Columns), residual = DropoutAddNormTests.Values(2, type, Rows, Columns);
            yield return ($"rows, {type}", 0, DropoutRows.Apply(x, keys, 0.3f).Floats());
            DropoutRows.AddTo(residual, x, keys, 0.3f);
            yield return ($"rows added, {type}", 0, residual.Floats());

            Tensor weight = DropoutAddNormTests.Values(3, ScalarType.Float32, Columns), bias = DropoutAddNormTests.Values(4, ScalarType.Float32, Columns);
            x = x.requires_grad_();
            residual = residual.requires_grad_();
            Tensor normed = DropoutAddNorm.Apply(x, residual, weight, bias, 1e-5, keys, 0.3f, type);
            autograd.backward(normed, DropoutAddNormTests.Values(5, type, Rows, Columns));
            yield return ($"norm, {type}", rounding, normed.Floats());
            yield return ($"norm's gradient, {type}", rounding, x.grad!.Floats());
            yield return ($"elements that the norm dropped, {type}", 0, [.. x.grad!.Floats().Select(v => v == 0 ? 0f : 1f)]);
            yield return ($"norm's gradient of the residual, {type}", rounding, residual.grad!.Floats());

            Tensor wide = DropoutAddNormTests.Values(6, type, Rows, Columns).requires_grad_();
            Tensor gelu = Activations.Get("gelu")(wide);
            autograd.backward(gelu, DropoutAddNormTests.Values(7, type, Rows, Columns));
            yield return ($"gelu, {type}", rounding, gelu.Floats());
            yield return ($"gelu's gradient, {type}", rounding, wide.grad!.Floats());

            int[] lengths = [5, 33, ShortAttention.Longest(type) + 3];
            List<AttentionBlock> blocks = [];
            int tokens = 0;
            foreach (int length in lengths)
            {
                blocks.Add(new AttentionBlock(tokens, 1, length, [.. Enumerable.Range(0, Heads * length).Select(k => CounterRandom.Key(8, RandomStreams.Synthetic, (ulong)k))]));
                tokens += length;
            }

            Tensor qkv = DropoutAddNormTests.Values(9, type, tokens, 3 * Columns).requires_grad_();
            Tensor attention = PackedAttention.Apply(qkv, blocks, Heads, 0.2f);
            autograd.backward(attention, DropoutAddNormTests.Values(10, type, tokens, Columns));
            yield return ($"attention, {type}", rounding, attention.Floats());
            yield return ($"attention's gradient, {type}", rounding, qkv.grad!.Floats());
            HandedOver.Clear();
        }
    }
}
